//! Looks at the signals that a job's limit is to follow: those of its server over a session of its
//! own, the disk's on this machine. One task a job; it sends what it saw and decides nothing.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use crate::config::Config;
use crate::model::spec::JobSpec;
use crate::model::throttle::{AdaptSpec, Signal, Unread};
use crate::postgres::signals::Probe;

use super::disk::DiskQueue;

/// What one look brought.
pub(super) type Sample = Vec<(Signal, Result<u64, Unread>)>;

/// Starts looking; ends when the receiver is gone.
pub(super) fn start(
    spec: AdaptSpec,
    job: &JobSpec,
    config: &Arc<Config>,
) -> mpsc::Receiver<Sample> {
    let (sender, samples) = mpsc::channel(1);
    let probe = Probe::new(job, &spec, Arc::clone(config));
    let output = job.output().or_else(|| job.source()).map(std::path::Path::to_owned);
    let disk = spec.has(Signal::Disk).then(|| DiskQueue::new(output));
    tokio::spawn(look(spec, probe, disk, sender));
    samples
}

async fn look(
    spec: AdaptSpec,
    mut probe: Option<Probe>,
    mut disk: Option<DiskQueue>,
    sender: mpsc::Sender<Sample>,
) {
    let mut ticks = tokio::time::interval(spec.every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = sender.closed() => return,
        }
        let mut sample = Sample::new();
        if let Some(disk) = &mut disk
            && let Some(read) = disk.read().await
        {
            sample.push((Signal::Disk, read));
        }
        if let Some(probe) = &mut probe {
            tokio::select! {
                values = probe.read() => sample.extend(values),
                () = sender.closed() => return,
            }
        }
        if !sample.is_empty() && sender.send(sample).await.is_err() {
            return;
        }
    }
}
