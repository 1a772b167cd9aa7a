//! How often a daemon was asked to stop.

use tokio::sync::watch;

/// Where a daemon is asked to stop. Dropping it asks as often as it takes.
#[derive(Debug)]
pub struct Stopper(watch::Sender<u32>);

/// Where it learns of that. Once: say so, and go on for the time of the notice. Twice: accept nothing any more.
#[derive(Debug, Clone)]
pub struct Stops(watch::Receiver<u32>);

/// Both ends.
pub fn stops() -> (Stopper, Stops) {
    let (sender, receiver) = watch::channel(0);
    (Stopper(sender), Stops(receiver))
}

impl Stopper {
    /// Asks once more.
    pub fn ask(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }
}

impl Stops {
    /// Waits until it was asked so often.
    pub async fn asked(&mut self, times: u32) {
        // An error is that the other end is gone.
        let _ = self.0.wait_for(|asked| *asked >= times).await;
    }
}
