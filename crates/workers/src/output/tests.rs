use super::*;
use crate::Value;
use native_worker_pool_engine::CancelSource;
use std::sync::atomic::{AtomicU32, Ordering};

/// A new folder that is removed when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("native-worker-pool-output-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn write(path: impl Into<PathBuf>, contents: &[u8]) -> Result<u64, Failure> {
    let mut output = Output::create(path)?;
    output.write_all(contents).unwrap();
    commit(output)
}

fn commit(output: Output) -> Result<u64, Failure> {
    output.commit(&Task::new(&CancelSource::new().token()))
}

/// The code, system call and path of a failure.
fn described(failure: &Failure) -> (String, String, String) {
    let detail = |name| {
        let found = failure.details().find(|(detail, _)| *detail == name);
        match found {
            Some((_, Value::Text(text))) => text.to_string(),
            other => panic!("{name} is {other:?}"),
        }
    };
    let code = failure.error_code().unwrap_or_default().to_owned();
    (code, detail("syscall"), detail("path"))
}

fn code_of(path: impl Into<PathBuf>) -> String {
    described(&Output::create(path).unwrap_err()).0
}

#[test]
fn a_committed_file_has_its_contents() {
    let folder = Folder::new();
    for length in [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 5 * BUFFER + 3] {
        let contents: Vec<u8> = (0..length).map(|i| i.to_le_bytes()[0]).collect();
        let mut output = Output::create(folder.path("file")).unwrap();
        for piece in contents.chunks(1000) {
            output.write_all(piece).unwrap();
        }
        assert_eq!(output.written(), length as u64);
        assert_eq!(commit(output).unwrap(), length as u64);
        assert_eq!(fs::read(folder.path("file")).unwrap(), contents);
        assert_eq!(folder.names(), ["file"]);
    }
}

#[test]
fn a_file_has_a_temporary_name_until_it_is_committed() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "old").unwrap();
    let mut output = Output::create(folder.path("file")).unwrap();
    output.write_all(b"new").unwrap();
    output.flush().unwrap();
    let names = folder.names();
    assert!(names[0].starts_with(".file."), "{names:?}");
    assert!(names[0].ends_with(".native-worker-pool.tmp"), "{names:?}");
    assert_eq!(fs::read(folder.path(&names[0])).unwrap(), b"new");
    assert_eq!(fs::read(folder.path("file")).unwrap(), b"old");
    commit(output).unwrap();
    assert_eq!(fs::read(folder.path("file")).unwrap(), b"new");
}

#[test]
fn a_dropped_file_leaves_no_trace_and_the_old_file_unchanged() {
    let folder = Folder::new();
    let mut output = Output::create(folder.path("new")).unwrap();
    output.write_all(&vec![1; 2 * BUFFER]).unwrap();
    drop(output);
    assert!(folder.names().is_empty());
    fs::write(folder.path("file"), "old").unwrap();
    drop(Output::create(folder.path("file")).unwrap());
    assert_eq!(folder.names(), ["file"]);
    assert_eq!(fs::read(folder.path("file")).unwrap(), b"old");
}

#[test]
fn a_cancelled_task_replaces_nothing() {
    let folder = Folder::new();
    fs::write(folder.path("file"), "old").unwrap();
    let mut output = Output::create(folder.path("file")).unwrap();
    output.write_all(b"new").unwrap();
    let source = CancelSource::new();
    source.cancel();
    let failure = output.commit(&Task::new(&source.token())).unwrap_err();
    assert_eq!(failure, Failure::cancelled());
    assert_eq!(folder.names(), ["file"]);
    assert_eq!(fs::read(folder.path("file")).unwrap(), b"old");
}

#[test]
fn two_tasks_may_write_the_same_file() {
    let folder = Folder::new();
    let mut first = Output::create(folder.path("file")).unwrap();
    let mut second = Output::create(folder.path("file")).unwrap();
    first.write_all(b"first").unwrap();
    second.write_all(b"second").unwrap();
    commit(first).unwrap();
    commit(second).unwrap();
    assert_eq!(fs::read(folder.path("file")).unwrap(), b"second");
    assert_eq!(folder.names(), ["file"]);
}

#[test]
fn a_long_name_is_shortened_in_the_temporary_name() {
    let folder = Folder::new();
    for name in [&"n".repeat(255), &"ü".repeat(127)] {
        write(folder.path(name), b"x").unwrap();
        assert_eq!(&folder.names()[0], name);
        fs::remove_file(folder.path(name)).unwrap();
    }
}

#[test]
fn a_path_that_cannot_be_written_fails_as_open_does() {
    let folder = Folder::new();
    let missing = folder.path("missing").join("file");
    let failure = Output::create(&missing).unwrap_err();
    let path = missing.to_str().unwrap().to_owned();
    assert_eq!(described(&failure), ("ENOENT".into(), "open".into(), path));
    assert_eq!(code_of(&folder.0), "EISDIR");
    assert_eq!(code_of(""), "ENOENT");
    assert!(folder.names().is_empty());
}

#[test]
fn a_file_that_cannot_be_replaced_fails_as_rename_does() {
    let folder = Folder::new();
    let output = Output::create(folder.path("file")).unwrap();
    fs::create_dir(folder.path("file")).unwrap();
    let failure = commit(output).unwrap_err();
    let (_, syscall, path) = described(&failure);
    assert_eq!(syscall, "rename");
    assert_eq!(path, folder.path("file").to_str().unwrap());
    assert_eq!(folder.names(), ["file"]);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_new_file_has_default_permissions() {
        let folder = Folder::new();
        File::create(folder.path("other")).unwrap();
        write(folder.path("file"), b"x").unwrap();
        assert_eq!(mode(&folder.path("file")), mode(&folder.path("other")));
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions_except_setuid() {
        let folder = Folder::new();
        let file = folder.path("file");
        for (before, after) in [(0o600, 0o600), (0o664, 0o664), (0o4755, 0o755)] {
            fs::write(&file, "old").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(before)).unwrap();
            let output = Output::create(&file).unwrap();
            let temporary = folder.path(&folder.names()[0]);
            assert_eq!(mode(&temporary), after);
            commit(output).unwrap();
            assert_eq!(mode(&file), after);
        }
    }

    #[test]
    fn a_symbolic_link_stays_and_its_target_is_replaced() {
        let folder = Folder::new();
        fs::create_dir(folder.path("below")).unwrap();
        fs::write(folder.path("below/file"), "old").unwrap();
        symlink("below/second", folder.path("first")).unwrap();
        symlink("file", folder.path("below/second")).unwrap();
        write(folder.path("first"), b"new").unwrap();
        assert_eq!(fs::read(folder.path("below/file")).unwrap(), b"new");
        assert!(folder.path("first").is_symlink());
        assert!(folder.path("below/second").is_symlink());
        assert_eq!(folder.names(), ["below", "first"]);
    }

    #[test]
    fn the_target_of_a_dangling_link_is_created() {
        let folder = Folder::new();
        symlink("file", folder.path("link")).unwrap();
        write(folder.path("link"), b"new").unwrap();
        assert_eq!(fs::read(folder.path("file")).unwrap(), b"new");
        symlink("loop", folder.path("loop")).unwrap();
        assert_eq!(code_of(folder.path("loop")), "ELOOP");
    }

    #[test]
    fn a_pipe_or_a_device_is_refused() {
        let folder = Folder::new();
        let pipe = folder.path("pipe");
        let status = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(status.unwrap().success());
        assert_eq!(code_of(&pipe), "EINVAL");
        assert_eq!(code_of("/dev/null"), "EINVAL");
        assert_eq!(folder.names(), ["pipe"]);
    }

    #[test]
    fn a_read_only_file_is_not_replaced() {
        let folder = Folder::new();
        fs::write(folder.path("file"), "old").unwrap();
        let permissions = fs::Permissions::from_mode(0o444);
        fs::set_permissions(folder.path("file"), permissions).unwrap();
        // Root may write every file.
        if OpenOptions::new()
            .write(true)
            .open(folder.path("file"))
            .is_err()
        {
            assert_eq!(code_of(folder.path("file")), "EACCES");
        }
    }
}
