"""Searches the reports of AddressSanitizer in DIRECTORY for errors, and for leaks with a frame in one of the IMAGES.

    asan-reports.py DIRECTORY IMAGE...
"""

import pathlib
import sys

# Frames of allocations that are leaked on purpose, or by others.
KNOWN = [
    # napi keeps a reference to each class for the life of the environment.
    "in napi_register_module_v1",
    # A panic payload whose destructor panics is leaked, see crates/engine/src/unwind.rs.
    "12test_workers4Bomb",
    # Likewise in an addon, see crates/sdk/src/panics.rs.
    "10test_tasks4Bomb",
]


def findings(report, images):
    """Yields all errors, and leaks with a frame in one of the images."""
    for block in report.split("\n\n"):
        is_in_image = any(image in block for image in images)
        is_our_leak = "leak of" in block and is_in_image and not any(known in block for known in KNOWN)
        if "ERROR: AddressSanitizer" in block or is_our_leak:
            yield block.strip()


def main(directory, *images):
    reports = sorted(pathlib.Path(directory).glob("report.*"))
    found = {block for path in reports for block in findings(path.read_text(errors="replace"), images)}
    for block in found:
        print(block, end="\n\n")
    print(f"AddressSanitizer: {len(reports)} reports, {len(found)} findings")
    return 1 if found else 0


sys.exit(main(*sys.argv[1:]))
