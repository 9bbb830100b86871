use super::*;
use std::sync::Mutex;

use crate::model::throttle::{LimitReason, Unread};
use crate::throttle::Throttle;
use crate::work::Meter;
use tokio_util::sync::CancellationToken;

const MB: u64 = 1_000_000;

/// A governor with everything that it hears from in a test's hands.
struct Desk {
    steer: mpsc::Sender<Steer>,
    samples: mpsc::Sender<Sample>,
    process: Arc<Throttle>,
    work: WorkContext,
    events: mpsc::Receiver<JobEvent>,
    clock: Arc<Mutex<DateTime>>,
    task: tokio::task::JoinHandle<()>,
}

async fn start(rate: &str, windows: &[&str], adapt: &str) -> Desk {
    let (events, queue) = mpsc::channel(1_000);
    let (steer, orders) = mpsc::channel(4);
    let (samples, looks) = mpsc::channel(4);
    let process = Arc::new(Throttle::new(None));
    let meter = Arc::new(Meter::default());
    let throttle = Throttle::within(Arc::clone(&process), None, meter.throttled());
    let (cancel, throttle) = (CancellationToken::new(), Arc::new(throttle));
    let work = WorkContext { events, meter, cancel, throttle, around: None };
    let windows = windows.iter().map(|text| text.parse().unwrap()).collect();
    let policy = Policy::new(rate.parse().unwrap(), windows, "UTC".into());
    let clock = Arc::new(Mutex::new("2026-02-13T07:59:58".parse::<DateTime>().unwrap()));
    let looks = Mutex::new(Some(looks));
    let shown = Arc::clone(&clock);
    let inputs = Inputs {
        steer: orders,
        process: process.watch(),
        sampler: Box::new(move |_| looks.lock().unwrap().take().unwrap()),
        clock: Box::new(move || *shown.lock().unwrap()),
    };
    let mut governor = Governor::new(work.clone(), policy, inputs);
    governor.begin(adapt.parse().unwrap()).await;
    let task = tokio::spawn(governor.run());
    Desk { steer, samples, process, work, events: queue, clock, task }
}

impl Desk {
    /// Lets everything happen that can, and tells what was reported: limits with their reasons, and
    /// messages.
    async fn told(&mut self) -> Vec<String> {
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let mut told = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            told.push(match event {
                JobEvent::Throttle { limit, paused, reason } => {
                    let limit = limit.map_or("off".to_owned(), crate::model::size::exact_size);
                    format!("{limit}: {reason}{}", if paused { " paused" } else { "" })
                }
                JobEvent::Message { text, .. } => text,
                other => format!("{other:?}"),
            });
        }
        told
    }

    async fn lag(&self, value: Result<u64, Unread>) {
        self.samples.send(vec![(Signal::Lag, value)]).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_opens_and_closes_by_the_clock_and_a_hand_goes_over_it() {
    let mut desk = start("100M", &["08:00-18:00=20M"], "off").await;
    assert_eq!(desk.told().await, ["100M: as asked for"]);
    *desk.clock.lock().unwrap() = "2026-02-13T08:00:00".parse().unwrap();
    assert_eq!(desk.told().await, ["20M: window daily 08:00-18:00 UTC"]);
    assert_eq!(desk.work.throttle.current(), (Some(20 * MB), false));
    assert_eq!(desk.work.meter.sample().limit, 20 * MB);
    desk.steer.send(Steer::Rate(RateLimit(Some(50 * MB)))).await.unwrap();
    assert_eq!(desk.told().await, ["50M: you", "limit is now 50 MB/s, set by hand"]);
    *desk.clock.lock().unwrap() = "2026-02-13T18:00:00".parse().unwrap();
    assert!(desk.told().await.is_empty(), "a hand stays");
    desk.steer.send(Steer::Auto).await.unwrap();
    let told = desk.told().await;
    assert_eq!(told, ["100M: as asked for", "the limit is no longer set by hand"]);
}

#[tokio::test(start_paused = true)]
async fn a_signal_over_its_bound_lowers_the_limit_and_its_end_gives_it_back() {
    let mut desk = start("100M", &[], "lag=10s").await;
    desk.told().await;
    desk.lag(Ok(14_000)).await;
    assert_eq!(desk.told().await, ["60M: replica lag 14 s over 10 s"]);
    for _ in 0..3 {
        desk.lag(Ok(1_000)).await;
    }
    let told = desk.told().await;
    assert_eq!(told, ["60M: recovering after replica lag", "70M: recovering after replica lag"]);
    for _ in 0..3 {
        desk.lag(Ok(1_000)).await;
    }
    let last = desk.told().await.pop();
    assert_eq!(last.as_deref(), Some("100M: as asked for"));
    assert_eq!(desk.work.throttle.current().0, Some(100 * MB));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_told_once_and_the_limit_stays() {
    let mut desk = start("off", &[], "lag=10s,floor=2M").await;
    desk.told().await;
    desk.lag(Ok(60_000)).await;
    assert_eq!(desk.told().await, ["2M: replica lag 60 s over 10 s"]);
    for _ in 0..5 {
        desk.lag(Err(Unread::now("the line dropped"))).await;
    }
    let told = desk.told().await;
    let expected = [
        "replica lag cannot be read: the line dropped; the limit stays as it is meanwhile",
        "2M: replica lag cannot be read, so it stays",
    ];
    assert_eq!(told, expected);
    desk.lag(Ok(1)).await;
    let told = desk.told().await;
    assert_eq!(told, ["replica lag can be read again", "2M: recovering after replica lag"]);
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_will_never_be_read_does_not_hold_the_others_up() {
    let mut desk = start("100M", &[], "lag=10s,archiver=5").await;
    desk.told().await;
    let look = |lag| {
        vec![
            (Signal::Lag, Ok(lag)),
            (Signal::Archiver, Err(Unread::ever("the server does not archive"))),
        ]
    };
    desk.samples.send(look(20_000)).await.unwrap();
    let told = desk.told().await;
    assert!(told[0].contains("the job goes on without this signal"), "{told:?}");
    assert_eq!(told[1], "60M: replica lag 20 s over 10 s");
    for _ in 0..10 {
        desk.samples.send(look(0)).await.unwrap();
    }
    assert_eq!(desk.told().await.pop().as_deref(), Some("100M: as asked for"));
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_the_process_is_felt_and_told_by_every_job() {
    let mut desk = start("100M", &[], "off").await;
    desk.told().await;
    desk.process.set_limit(Some(30 * MB));
    assert_eq!(desk.told().await, ["30M: whole process"]);
    assert_eq!(desk.work.throttle.current().0, Some(100 * MB), "its own stays");
    assert_eq!(desk.work.meter.sample().limit, 30 * MB);
    desk.process.set_limit(None);
    assert_eq!(desk.told().await, ["100M: as asked for"]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_told_with_the_limit() {
    let mut desk = start("off", &[], "off").await;
    assert_eq!(desk.told().await, ["off: not asked for"]);
    desk.steer.send(Steer::Paused(true)).await.unwrap();
    assert_eq!(desk.told().await, ["off: not asked for paused", "paused"]);
    desk.steer.send(Steer::Paused(false)).await.unwrap();
    assert_eq!(desk.told().await, ["off: not asked for", "resumed"]);
}

#[tokio::test(start_paused = true)]
async fn figures_alone_are_told_now_and_then_only() {
    let mut desk = start("off", &[], "lag=10s,floor=2M,ceiling=2M").await;
    desk.told().await;
    for n in 0..30 {
        desk.lag(Ok(20_000 + n * 1_000)).await;
    }
    assert_eq!(desk.told().await, ["2M: replica lag 20 s over 10 s"]);
    tokio::time::sleep(REFRESH).await;
    desk.lag(Ok(99_000)).await;
    assert_eq!(desk.told().await, ["2M: replica lag 99 s over 10 s"]);
    assert_eq!(LimitReason::default(), LimitReason::Off);
    drop(desk.steer);
    desk.task.await.unwrap();
}
