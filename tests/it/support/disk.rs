//! A disk that gets full.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// A small file system, unmounted at the end.
pub struct Disk(PathBuf);

impl Disk {
    /// None, which is said, where this process may not mount one.
    pub fn mount(at: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(at).expect("a folder");
        let options = format!("size={size}");
        let mut command = Command::new("mount");
        let mounted = command.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        // Not by `eprintln!`, which is not shown when a test passes.
        writeln!(io::stderr(), "no file system can be mounted here: what a full disk does is left out")
            .expect("stderr");
        None
    }

    /// Takes all of its room.
    pub fn fill(&self) {
        let mut ballast = fs::File::create(self.ballast()).expect("a file");
        for size in [64 << 10, 1 << 10] {
            let block = vec![7; size];
            while ballast.write_all(&block).is_ok() {}
        }
    }

    /// Gives back what [`Disk::fill`] took.
    pub fn make_room(&self) {
        fs::remove_file(self.ballast()).expect("it was filled");
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Its size from now on.
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
