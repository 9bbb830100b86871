use super::*;
use std::io::{Read, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MB: u64 = 1_000_000;

async fn move_bytes(throttle: &Throttle, total: u64, piece: u64) -> Duration {
    let begun = Instant::now();
    for _ in 0..total / piece {
        throttle.acquire(piece).await;
    }
    begun.elapsed()
}

/// Moves pieces for a time; when each was let through.
async fn moments(throttle: &Throttle, piece: u64, time: Duration) -> Vec<(Duration, u64)> {
    let begun = Instant::now();
    let mut moments = Vec::new();
    while begun.elapsed() < time {
        throttle.acquire(piece).await;
        moments.push((begun.elapsed(), piece));
    }
    moments
}

/// The most bytes within any second.
fn worst_second(moments: &[(Duration, u64)]) -> u64 {
    let within = |from: Duration| {
        let later = moments.iter().skip_while(move |(at, _)| *at < from);
        later.take_while(move |(at, _)| *at < from + Duration::from_secs(1)).map(|(_, n)| n).sum()
    };
    moments.iter().map(|(at, _)| within(*at)).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_kept_within_three_percent_over_ten_seconds() {
    for limit in [512 << 10, MB, 10 * MB, 100 * MB, 1_000 * MB] {
        // Small pieces at a high limit are only more of the same, for a long time.
        for piece in [4_096, 65_536, 512 << 10].into_iter().filter(|n| limit / n < 5_000) {
            let throttle = Throttle::new(Some(limit));
            // After a lull, which is the worst that can be.
            throttle.acquire(1).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
            let moved = moments(&throttle, piece, Duration::from_secs(10)).await;
            let bytes: u64 = moved.iter().map(|(_, n)| n).sum();
            let (most, least) = (limit * 1_030 / 100 + piece, limit * 970 / 100);
            assert!((least..=most).contains(&bytes), "{limit} {piece}: {bytes}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_second_sees_more_than_its_own_bytes_and_what_a_lull_earned() {
    let limit = 10 * MB;
    let throttle = Throttle::new(Some(limit));
    throttle.acquire(1).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    let begun = moments(&throttle, 50_000, Duration::from_secs(5)).await;
    let worst = worst_second(&begun);
    assert!(worst <= limit * 125 / 100, "{worst}");
    // At once go no more than that lull earned, far from one second's worth.
    let at_once: u64 = begun.iter().take_while(|(at, _)| at.is_zero()).map(|(_, n)| n).sum();
    assert!(at_once <= limit / 4, "{at_once}");
}

#[tokio::test(start_paused = true)]
async fn a_piece_of_many_seconds_worth_goes_only_when_it_is_paid_for() {
    let throttle = Throttle::new(Some(MB));
    let begun = Instant::now();
    throttle.acquire(10 * MB).await;
    let took = begun.elapsed().as_secs_f64();
    assert!((9.7..10.1).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn workers_share_one_limit_evenly() {
    let throttle = Arc::new(Throttle::new(Some(10 * MB)));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let throttle = Arc::clone(&throttle);
            tokio::spawn(async move { move_bytes(&throttle, 10 * MB, 100_000).await })
        })
        .collect();
    for task in tasks {
        let own = task.await.unwrap().as_secs_f64();
        assert!((3.8..4.2).contains(&own), "{own}: none may be starved");
    }
    let took = begun.elapsed().as_secs_f64();
    assert!((3.8..4.2).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn jobs_share_the_limit_of_the_process_and_keep_their_own() {
    let process = Arc::new(Throttle::new(Some(10 * MB)));
    let job = |limit| {
        let process = Arc::clone(&process);
        let throttle = Throttle::within(process, limit, Arc::default());
        tokio::spawn(async move {
            let moved = moments(&throttle, 50_000, Duration::from_secs(10)).await;
            moved.iter().map(|(_, n)| n).sum::<u64>()
        })
    };
    let (free, bound) = (job(None), job(Some(2 * MB)));
    let (free, bound) = (free.await.unwrap(), bound.await.unwrap());
    assert!((19 * MB..=21 * MB).contains(&bound), "{bound}");
    assert!((97 * MB..=104 * MB).contains(&(free + bound)), "{free} {bound}");
}

#[tokio::test(start_paused = true)]
async fn a_new_limit_and_the_end_of_a_pause_reach_waiting_workers() {
    let throttle = Arc::new(Throttle::new(Some(1)));
    throttle.acquire(1).await;
    let waiting = tokio::spawn({
        let throttle = Arc::clone(&throttle);
        async move { throttle.acquire(3600).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    throttle.set_paused(true);
    throttle.set_limit(None);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished());
    throttle.set_paused(false);
    let waited = waiting.await.unwrap();
    assert_eq!((waited.throttled.as_secs(), waited.paused.as_secs()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn changes_while_workers_wait_are_not_paid_twice() {
    let throttle = Arc::new(Throttle::new(Some(MB)));
    let changer = tokio::spawn({
        let throttle = Arc::clone(&throttle);
        async move {
            for n in 0..100 {
                tokio::time::sleep(Duration::from_millis(70)).await;
                throttle.set_limit(Some(MB + n % 2));
            }
        }
    });
    let took = move_bytes(&throttle, 10 * MB, 50_000).await.as_secs_f64();
    assert!((9.7..10.3).contains(&took), "{took}");
    changer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_is_given_up_holds_nobody() {
    let throttle = Throttle::new(Some(MB));
    throttle.acquire(MB).await;
    let given_up = tokio::time::timeout(Duration::from_millis(30), throttle.acquire(100 * MB));
    assert!(given_up.await.is_err());
    let took = move_bytes(&throttle, MB, 100_000).await.as_secs_f64();
    assert!(took < 1.2, "{took}");
}

#[tokio::test(start_paused = true)]
async fn what_was_paid_and_waited_for_is_counted() {
    let throttle = Throttle::new(Some(MB));
    move_bytes(&throttle, 3 * MB, 100_000).await;
    let stats = throttle.stats();
    assert_eq!(stats.bytes(), 3 * MB);
    assert!((2_700_000..=3_000_000).contains(&stats.throttled_micros()), "{stats:?}");
    assert_eq!(stats.paused_micros(), 0);
    throttle.set_limit(None);
    throttle.acquire(5).await;
    assert_eq!(throttle.stats().bytes(), 3 * MB + 5);
}

#[tokio::test(start_paused = true)]
async fn a_writer_flows_at_the_limit_also_when_it_is_given_everything_at_once() {
    let throttle = Arc::new(Throttle::new(Some(MB)));
    let (sink, mut source) = tokio::io::duplex(1 << 20);
    let mut writer = Paced::new(sink, throttle);
    let begun = Instant::now();
    let reading = tokio::spawn(async move {
        let (mut arrivals, mut buffer) = (Vec::new(), vec![0; 1 << 20]);
        loop {
            match source.read(&mut buffer).await.unwrap() {
                0 => return arrivals,
                n => arrivals.push((begun.elapsed(), n as u64)),
            }
        }
    });
    writer.write_all(&vec![7; 5_000_000]).await.unwrap();
    writer.shutdown().await.unwrap();
    drop(writer);
    let arrivals = reading.await.unwrap();
    assert_eq!(arrivals.iter().map(|(_, n)| n).sum::<u64>(), 5 * MB);
    let took = arrivals.last().unwrap().0.as_secs_f64();
    assert!((4.7..5.2).contains(&took), "{took}");
    assert!(worst_second(&arrivals) <= MB * 125 / 100, "{arrivals:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reader_flows_at_the_limit_and_all_of_it_comes() {
    let throttle = Arc::new(Throttle::new(Some(MB)));
    let data: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let mut reader = Paced::new(&data[..], Arc::clone(&throttle));
    let begun = Instant::now();
    let mut read = Vec::new();
    AsyncReadExt::read_to_end(&mut reader, &mut read).await.unwrap();
    assert!(read == data);
    let took = begun.elapsed().as_secs_f64();
    assert!((2.7..3.1).contains(&took), "{took}");
    assert_eq!(throttle.stats().bytes(), 3 * MB);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_takes_little_pays_for_what_it_took() {
    let throttle = Arc::new(Throttle::new(Some(1 << 30)));
    let (sink, mut source) = tokio::io::duplex(1_000);
    let mut writer = Paced::new(sink, Arc::clone(&throttle));
    let reading = tokio::spawn(async move {
        let mut all = Vec::new();
        source.read_to_end(&mut all).await.unwrap();
        all.len()
    });
    writer.write_all(&vec![1; 100_000]).await.unwrap();
    drop(writer);
    assert_eq!(reading.await.unwrap(), 100_000);
    assert_eq!(throttle.stats().bytes(), 100_000);
}

/// Real time: threads that sleep know no other.
#[test]
fn blocking_readers_and_writers_keep_the_limit() {
    let throttle = Arc::new(Throttle::new(Some(10 * MB)));
    let begun = std::time::Instant::now();
    let mut writer = Paced::new(Vec::new(), Arc::clone(&throttle));
    Write::write_all(&mut writer, &vec![1; 4_000_000]).unwrap();
    let written = writer.into_inner();
    let mut reader = Paced::new(&written[..], Arc::clone(&throttle));
    let mut read = Vec::new();
    Read::read_to_end(&mut reader, &mut read).unwrap();
    assert_eq!(read.len(), 4_000_000);
    let took = begun.elapsed().as_secs_f64();
    // Not sooner; later only by what the machine does to sleepers.
    assert!(took > 0.55, "{took}");
    assert_eq!(throttle.stats().bytes(), 8 * MB);
}

#[test]
fn a_blocking_writer_that_is_stopped_waits_no_longer() {
    let throttle = Arc::new(Throttle::new(Some(1)));
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let mut writer = Paced::new(Vec::new(), throttle).until(move || seen.load(Relaxed));
    let writing = std::thread::spawn(move || Write::write_all(&mut writer, &[0; 1_000]));
    std::thread::sleep(Duration::from_millis(20));
    stop.store(true, Relaxed);
    assert!(writing.join().unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_no_wait_for_a_limit_for_any_of_several_workers() {
    let throttle = Arc::new(Throttle::new(Some(MB)));
    throttle.set_paused(true);
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let throttle = Arc::clone(&throttle);
            tokio::spawn(async move { throttle.acquire(1).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(6)).await;
    // Said again, it is the same pause.
    throttle.set_paused(true);
    tokio::time::sleep(Duration::from_secs(4)).await;
    throttle.set_paused(false);
    for worker in workers {
        let waited = worker.await.unwrap();
        assert_eq!(waited.paused.as_secs(), 10, "{waited:?}");
        assert!(waited.throttled < Duration::from_millis(100), "{waited:?}");
    }
}
