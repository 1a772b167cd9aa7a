//! Priorities of threads: those that move bytes come first, what nobody waits for comes last.

/// Makes this thread give way to others, by 0 to 19. On Linux a priority belongs to a thread; elsewhere it would be the
/// whole daemon's.
pub(crate) fn lower(by: i32) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, by) {
        tracing::warn!(%error, "a background thread runs at normal priority");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = by;
}
