//! Secrets that a directory makes for itself once.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const BYTES: usize = 32;

/// The secret `name` of a directory: 32 random bytes, made at the first call and the same ever after.
///
/// They lie in `DIR/secrets/<name>`, readable by the owner only.
///
/// # Errors
/// The file can't be written or read, or holds something else.
pub fn secret(dir: &Path, name: &str) -> std::io::Result<Vec<u8>> {
    let folder = dir.join("secrets");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    match read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        known => return known,
    }
    let mut bytes = [0_u8; BYTES];
    getrandom::fill(&mut bytes).map_err(|e| std::io::Error::other(e.to_string()))?;
    let draft = folder.join(format!(".{name}-{}", std::process::id()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(hex::encode(bytes).as_bytes())?;
    file.sync_all()?;
    // Another process may make the same secret at the same time. The first link stays, and both read it.
    match std::fs::hard_link(&draft, &path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => std::fs::remove_file(&draft)?,
    }
    read(&path)
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let text = std::fs::read_to_string(path)?;
    hex::decode(text.trim()).map_err(|_| {
        std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("{} holds no secret", path.display()),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_stays_the_same_and_is_the_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let first = secret(dir.path(), "phone").unwrap();
        assert_eq!(first.len(), BYTES);
        assert_eq!(secret(dir.path(), "phone").unwrap(), first);
        assert_ne!(secret(dir.path(), "jwt").unwrap(), first);
        let mode = std::fs::metadata(dir.path().join("secrets/phone"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
