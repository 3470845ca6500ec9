//! A small file system for disk-full tests.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// A tmpfs, unmounted when dropped.
pub struct Disk(PathBuf);

impl Disk {
    /// Mounts a tmpfs. Prints a notice and returns `None` if this process may not mount.
    pub fn mount(at: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(at).expect("a folder");
        let options = format!("size={size}");
        let mut command = Command::new("mount");
        let mounted = command.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        // Not `eprintln!`: its output is captured and hidden for passing tests.
        writeln!(io::stderr(), "no file system can be mounted here: disk-full tests are skipped").expect("stderr");
        None
    }

    /// Fills the free space.
    pub fn fill(&self) {
        let mut ballast = fs::File::create(self.ballast()).expect("a file");
        for size in [64 << 10, 1 << 10] {
            let block = vec![7; size];
            while ballast.write_all(&block).is_ok() {}
        }
    }

    /// Frees the space taken by [`Disk::fill`].
    pub fn make_room(&self) {
        fs::remove_file(self.ballast()).expect("the disk was filled");
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Changes the size of the file system.
    pub fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        let resized = Command::new("mount").args(["-o", &options]).arg(&self.0).status().expect("mount runs");
        assert!(resized.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
