//! Alarms on the real timer thread.

use super::*;
use std::sync::mpsc::channel;
use std::time::Duration;

#[test]
fn alarms_ring_in_order_of_their_times() {
    let (sender, rings) = channel();
    let now = Instant::now();
    let alarms = [30, 10, 20].map(|after| {
        let sender = sender.clone();
        let alarm = Alarm::new(move || sender.send(after).unwrap());
        alarm.arm(now + Duration::from_millis(after));
        alarm
    });
    let order = rings.iter().take(3).collect::<Vec<_>>();
    assert_eq!(order, [10, 20, 30]);
    assert!(now.elapsed() >= Duration::from_millis(30));
    drop(alarms);
}

#[test]
fn an_alarm_rings_at_the_time_for_which_it_was_armed_last() {
    let (sender, rings) = channel();
    let alarm = Alarm::new(move || sender.send(()).unwrap());
    let now = Instant::now();
    alarm.arm(now + Duration::from_secs(3600));
    alarm.arm(now + Duration::from_millis(5));
    rings.recv().unwrap();
    assert!(now.elapsed() < Duration::from_secs(3600));
    drop(alarm);
    assert!(
        rings.recv().is_err(),
        "the callback is dropped with the alarm"
    );
}

#[test]
fn a_disarmed_alarm_does_not_ring() {
    let (sender, rings) = channel();
    let other = sender.clone();
    let alarm = Alarm::new(move || sender.send("disarmed").unwrap());
    let later = Alarm::new(move || other.send("later").unwrap());
    let now = Instant::now();
    alarm.arm(now + Duration::from_millis(5));
    later.arm(now + Duration::from_millis(10));
    alarm.disarm();
    assert_eq!(rings.recv(), Ok("later"));
    assert!(rings.try_recv().is_err());
}

#[test]
fn a_guard_keeps_the_timer_thread() {
    let ring = || {
        let (sender, rings) = channel();
        let alarm = Alarm::new(move || sender.send(std::thread::current().id()).unwrap());
        alarm.arm(Instant::now() + Duration::from_millis(1));
        rings.recv().unwrap()
    };
    let first = TimerGuard::new().unwrap();
    let thread = ring();
    let second = TimerGuard::new().unwrap();
    drop(first);
    std::thread::sleep(Duration::from_millis(300)); // longer than the thread stays without a guard
    assert_eq!(ring(), thread);
    drop(second);
    ring();
}

#[test]
fn a_callback_may_arm_its_own_alarm_and_may_panic() {
    let (sender, rings) = channel();
    let alarm = Arc::new_cyclic(|alarm: &std::sync::Weak<Alarm>| {
        let alarm = alarm.clone();
        Alarm::new(move || {
            sender.send(()).unwrap();
            alarm.upgrade().unwrap().arm(Instant::now());
            std::panic::resume_unwind(Box::new("swallowed"));
        })
    });
    alarm.arm(Instant::now());
    for _ in 0..3 {
        rings.recv().unwrap();
    }
    alarm.disarm();
}
