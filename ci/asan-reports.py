"""Looks through the reports of AddressSanitizer in DIRECTORY for errors, and for leaks that IMAGE has a part in.

    asan-reports.py DIRECTORY IMAGE
"""

import pathlib
import sys

# In whose call what is leaked was allocated, where that is no fault of ours.
KNOWN = [
    # napi's reference to each class, made when an environment loads the image and kept for its life.
    "in napi_register_module_v1",
    # A payload whose destructor panicked is leaked on purpose, see crates/engine/src/unwind.rs.
    "12test_workers4Bomb",
]


def findings(report, image):
    """Errors, whoever made them, and leaks with a frame in the image."""
    for block in report.split("\n\n"):
        is_our_leak = "leak of" in block and image in block and not any(known in block for known in KNOWN)
        if "ERROR: AddressSanitizer" in block or is_our_leak:
            yield block.strip()


def main(directory, image):
    reports = sorted(pathlib.Path(directory).glob("report.*"))
    found = {block for path in reports for block in findings(path.read_text(errors="replace"), image)}
    for block in found:
        print(block, end="\n\n")
    print(f"AddressSanitizer: {len(reports)} reports, {len(found)} findings")
    return 1 if found else 0


sys.exit(main(*sys.argv[1:]))
