//! C++'s `operator new` and `operator delete`: they leave a mark and go on to the real ones, so
//! that the `malloc` or `free` below them knows who asked.
//!
//! A mark is found by the stack: the allocator function that the real operator calls has its
//! return address a little below the operator's own. So no storage per thread is needed, and a
//! mark that nobody took (a real operator that never came to `malloc`) is met by nobody.
//!
//! The operators are jumped to, not called: exceptions and new handlers pass as without us.

/// Where a function returns to, and the address of the stack where that is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) site: usize,
    pub(crate) frame: usize,
}

/// Farther below an operator nothing is its own call: the real ones have small frames, of which
/// at most three lie above each other (`new[]`, `new`, a helper).
const REACH: usize = 1024;

/// Operators that are in flight at once, on all threads.
const MARKS: usize = 64;

#[derive(Clone, Copy)]
struct Mark {
    /// 0 for none.
    frame: usize,
    site: usize,
    delete: bool,
}

/// Operators between their own begin and their call of the allocator.
pub(crate) struct Marks {
    marks: [Mark; MARKS],
    used: usize,
}

impl Marks {
    pub(crate) const fn new() -> Self {
        Self { marks: [Mark { frame: 0, site: 0, delete: false }; MARKS], used: 0 }
    }

    /// An operator begins. One that another called is that one's.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    fn leave(&mut self, caller: Caller, delete: bool) {
        if self.used > 0 && self.marks.iter().any(|mark| mark.is_above(caller, delete)) {
            return;
        }
        // With all in use this operator counts as plain `malloc`.
        if let Some(free) = self.marks.iter_mut().find(|mark| mark.frame == 0) {
            *free = Mark { frame: caller.frame, site: caller.site, delete };
            self.used += 1;
        }
    }

    /// The site of the operator that called the allocator function with this caller, if one did.
    pub(crate) fn take(&mut self, caller: Caller, delete: bool) -> Option<usize> {
        if self.used == 0 {
            return None;
        }
        let mark = self.marks.iter_mut().find(|mark| mark.is_above(caller, delete))?;
        self.used -= 1;
        mark.frame = 0;
        Some(mark.site)
    }
}

impl Mark {
    fn is_above(&self, caller: Caller, delete: bool) -> bool {
        // The subtraction of a frame that is not above wraps to a large number.
        self.frame != 0
            && self.delete == delete
            && self.frame.wrapping_sub(caller.frame) < REACH
    }
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use core::arch::naked_asm;
    use core::ffi::{CStr, c_void};
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::Caller;
    use crate::{libc, locked};

    /// `RTLD_NEXT`: the definition after this library's.
    const NEXT: *mut c_void = usize::MAX as *mut c_void;

    extern "C" fn new_instead(size: usize) -> *mut c_void {
        // SAFETY: C4 - as `operator new` asks for bytes.
        or_abort(unsafe { crate::malloc(size.max(1)) })
    }

    extern "C" fn new_aligned_instead(size: usize, alignment: usize) -> *mut c_void {
        // SAFETY: C4 - as `operator new` asks for aligned bytes.
        or_abort(unsafe { crate::memalign(alignment, size.max(1)) })
    }

    extern "C" fn delete_instead(block: *mut c_void) {
        // SAFETY: C4 - the caller's promise to `operator delete`.
        unsafe { crate::free(block) };
    }

    fn or_abort(block: *mut c_void) -> *mut c_void {
        if block.is_null() {
            // SAFETY: C4 - `abort` has no precondition.
            unsafe { libc::abort() };
        }
        block
    }

    /// Leaves the mark and answers where to go on. `kind`: 0 new, 1 aligned new, 2 delete.
    extern "C" fn note(
        kind: usize,
        caller_frame: *const usize,
        name: *const u8,
        real: &AtomicUsize,
        first: usize,
    ) -> usize {
        // Relaxed: the number alone is shared, and every thread finds the same.
        let mut found = real.load(Ordering::Relaxed);
        if found == 0 {
            // SAFETY: C4 - the name is a constant that ends in a zero byte.
            found = unsafe { libc::dlsym(NEXT, name.cast()) } as usize;
            if found == 0 {
                // A C++ library that was loaded late and out of our sight.
                found = match kind {
                    0 => new_instead as *const () as usize,
                    1 => new_aligned_instead as *const () as usize,
                    _ => delete_instead as *const () as usize,
                };
            }
            real.store(found, Ordering::Relaxed);
        }
        // Nothing is freed below a null pointer's `delete`.
        if kind != 2 || first != 0 {
            // SAFETY: C4 - the trampoline's own return address lies there.
            let site = unsafe { *caller_frame };
            let caller = Caller { site, frame: caller_frame as usize };
            locked(|state| state.marks.leave(caller, kind == 2));
        }
        found
    }

    /// An operator of this mangled name. At most three arguments, all in registers.
    macro_rules! operator {
        ($function:ident, $kind:literal, $name:literal) => {
            #[unsafe(naked)]
            #[unsafe(export_name = $name)]
            extern "C" fn $function() {
                static REAL: AtomicUsize = AtomicUsize::new(0);
                static NAME: &CStr =
                    match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                        Ok(name) => name,
                        Err(_) => panic!("a name without zero bytes"),
                    };
                naked_asm!(
                    // Three pushes: the stack is aligned for the call.
                    "push rdi",
                    "push rsi",
                    "push rdx",
                    "mov r8, rdi",
                    "mov edi, {kind}",
                    "lea rsi, [rsp + 24]",
                    "mov rdx, [rip + {name}]",
                    "lea rcx, [rip + {real}]",
                    "call {note}",
                    "pop rdx",
                    "pop rsi",
                    "pop rdi",
                    "jmp rax",
                    kind = const $kind,
                    name = sym NAME,
                    real = sym REAL,
                    note = sym note,
                )
            }
        };
    }

    operator!(new, 0, "_Znwm");
    operator!(new_array, 0, "_Znam");
    operator!(new_nothrow, 0, "_ZnwmRKSt9nothrow_t");
    operator!(new_array_nothrow, 0, "_ZnamRKSt9nothrow_t");
    operator!(new_aligned, 1, "_ZnwmSt11align_val_t");
    operator!(new_array_aligned, 1, "_ZnamSt11align_val_t");
    operator!(new_aligned_nothrow, 1, "_ZnwmSt11align_val_tRKSt9nothrow_t");
    operator!(new_array_aligned_nothrow, 1, "_ZnamSt11align_val_tRKSt9nothrow_t");
    operator!(delete, 2, "_ZdlPv");
    operator!(delete_array, 2, "_ZdaPv");
    operator!(delete_sized, 2, "_ZdlPvm");
    operator!(delete_array_sized, 2, "_ZdaPvm");
    operator!(delete_nothrow, 2, "_ZdlPvRKSt9nothrow_t");
    operator!(delete_array_nothrow, 2, "_ZdaPvRKSt9nothrow_t");
    operator!(delete_aligned, 2, "_ZdlPvSt11align_val_t");
    operator!(delete_array_aligned, 2, "_ZdaPvSt11align_val_t");
    operator!(delete_sized_aligned, 2, "_ZdlPvmSt11align_val_t");
    operator!(delete_array_sized_aligned, 2, "_ZdaPvmSt11align_val_t");
    operator!(delete_aligned_nothrow, 2, "_ZdlPvSt11align_val_tRKSt9nothrow_t");
    operator!(delete_array_aligned_nothrow, 2, "_ZdaPvSt11align_val_tRKSt9nothrow_t");
}
