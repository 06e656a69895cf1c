//! The task `myTask`: smooths bytes, each to the mean of those around it.

use native_worker_pool_sdk::prelude::*;
use serde::Deserialize;

/// What JavaScript passes: `{ data, radius }`. Other fields are refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    data: Bytes,
    radius: u32,
}

/// Each thread of a pool has an instance, so its memory is used for one task after the other.
#[derive(Default)]
struct MyTask {
    sums: Vec<u64>,
}

impl NativeTask for MyTask {
    type Input = Input;
    type Output = Bytes;

    fn run(&mut self, input: Input, task: &Task) -> Result<Bytes, Failure> {
        let Input { data, radius } = input;
        if radius > 1000 {
            return Err(Failure::new("The radius is too large")
                .class("RangeError")
                .code("E_RADIUS")
                .detail("limit", 1000));
        }
        self.sums.clear();
        self.sums.push(0);
        let mut sum = 0;
        for byte in data.iter() {
            sum += u64::from(*byte);
            self.sums.push(sum);
        }
        let mut smooth = Vec::with_capacity(data.len());
        for at in 0..data.len() {
            if at % 65536 == 0 {
                if task.is_cancelled() {
                    return Err(Failure::cancelled());
                }
                task.report(at as f64, data.len() as f64);
            }
            let start = at.saturating_sub(radius as usize);
            let end = data.len().min(at + radius as usize + 1);
            let mean = (self.sums[end] - self.sums[start]) / (end - start) as u64;
            smooth.push(mean as u8);
        }
        Ok(smooth.into())
    }
}

export_task!(myTask, MyTask);

#[cfg(test)]
mod tests {
    use super::*;
    use native_worker_pool_sdk::testing::TestPool;

    fn input(data: &[u8], radius: u32) -> Input {
        Input {
            data: data.into(),
            radius,
        }
    }

    #[test]
    fn bytes_become_means() {
        let smooth = TestPool::new().run(&mut MyTask::default(), input(&[0, 9, 0], 1));
        assert_eq!(*smooth.unwrap(), [4, 3, 4]);
    }

    #[test]
    fn a_cancelled_task_stops() {
        let data = vec![0; 1 << 20];
        let stopped = TestPool::cancelling_at(2).run(&mut MyTask::default(), input(&data, 1));
        assert_eq!(stopped.unwrap_err().message(), "cancelled");
    }
}
