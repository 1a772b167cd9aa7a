//! Running before others: what a client waits for a core looks like time of the server.

use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// Lets this thread run before all ordinary ones from now on, if it may (root, `CAP_SYS_NICE` or `ulimit -r`), and says
/// whether it does. A nice value would not do: Linux weighs it within a session only (autogroups), and the server has its own.
pub(super) fn first() -> bool {
    let fifo = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, fifo).is_ok()
}
