//! Reports as they were recorded, cut to what matters.

use super::*;

#[test]
fn a_warning_counts_by_its_switch_and_only_in_the_exhibit() {
    let text = "In file included from /usr/include/c++/12/vector:64,
                 from bug.cpp:3:
/usr/include/c++/12/bits/stl_vector.h:123:7: warning: elsewhere [-Wstringop-overflow=]
bug.cpp: In function 'int main()':
bug.cpp:12:25: warning: pointer 'p' used after 'void operator delete(void*)' [-Wuse-after-free]
   12 |     std::printf(\"%d\\n\", *p);
bug.cpp:10:12: note: call to 'void operator delete(void*)' here
/tmp/x/bug.cpp:13:9: warning: conversion from 'size_t' to 'int' may change value [-Wconversion]
bug.cpp:14:9: error: control reaches end [-Werror=return-type]
bug.cpp:15:9: warning: unused variable 'x' [-Wunused-variable]
";
    let expected = ["-Wconversion", "-Werror=return-type", "-Wunused-variable", "-Wuse-after-free"];
    assert_eq!(warnings(text), expected);
}

#[test]
fn a_warning_counts_in_what_was_inlined_into_the_exhibit() {
    let text = "In file included from /usr/include/c++/12/vector:64:
In destructor 'std::vector<int>::~vector()',
    inlined from 'void spill()' at /usr/include/c++/12/other:5:1:
/usr/include/c++/12/bits/stl_vector.h:1:7: warning: elsewhere [-Wstringop-overflow=]
In destructor 'std::shared_ptr<unsigned char>::~shared_ptr()',
    inlined from 'int zeros()' at bug.cpp:12:1,
    inlined from 'int main()' at bug.cpp:20:5:
/usr/include/c++/12/bits/shared_ptr_base.h:428:9: warning: called on another [-Wmismatched-new-delete]
/usr/include/c++/12/bits/shared_ptr_base.h:429:9: warning: and once more [-Wuse-after-free]
bug.cpp: In function 'int other()':
/usr/include/c++/12/bits/stl_vector.h:9:7: warning: elsewhere [-Warray-bounds]
";
    assert_eq!(warnings(text), ["-Wmismatched-new-delete", "-Wuse-after-free"]);
}

#[test]
fn the_analyser_is_not_asked_about_allocations_that_fail() {
    let text = "bug.cpp:9:20: warning: use after 'delete' of 'p' [CWE-416] [-Wanalyzer-use-after-free]
bug.cpp:9:20: warning: dereference of possibly-NULL 'p' [CWE-690] [-Wanalyzer-possible-null-dereference]
bug.cpp:9:20: warning: pointer 'p' used after 'delete' [-Wuse-after-free]
";
    assert_eq!(analyzer(text), ["-Wanalyzer-use-after-free"]);
}

#[test]
fn a_check_may_have_several_names() {
    let text = "/t/bug.cpp:9:5: warning: 's' used after it was moved [bugprone-use-after-move]
/t/bug.cpp:8:20: note: move occurred here
/t/bug.cpp:4:5: warning: narrowing [bugprone-narrowing-conversions,cppcoreguidelines-narrowing-conversions,-warnings-as-errors]
/t/bug.cpp:3:5: warning: address of stack memory [clang-diagnostic-return-stack-address]
/usr/include/c++/12/memory:9:5: warning: elsewhere [bugprone-elsewhere]
";
    let expected = [
        "bugprone-narrowing-conversions,cppcoreguidelines-narrowing-conversions",
        "bugprone-use-after-move",
        "clang-diagnostic-return-stack-address",
    ];
    assert_eq!(tidy(text), expected);
}

#[test]
fn cppcheck_names_what_it_found_at_the_end_of_the_line() {
    let text =
        "bug.cpp:13:37: error: Reference to scores that may be invalid. [invalidContainerReference]
bug.cpp:13:37: warning: Array index a[1] is out of bounds. [arrayIndexOutOfBounds]
nofile:0:0: information: Cppcheck cannot find the include files [missingIncludeSystem]
";
    assert_eq!(cppcheck(text), ["arrayIndexOutOfBounds", "invalidContainerReference"]);
}

#[test]
fn the_librarys_assertions_are_quoted() {
    let text = "/usr/include/c++/12/bits/stl_vector.h:1123: constexpr std::vector<_Tp, _Alloc>::reference \
        std::vector<_Tp, _Alloc>::operator[](size_type) [with _Tp = int]: Assertion '__n < this->size()' failed.\n";
    assert_eq!(assertions(text), ["__n < this->size()"]);
    assert!(assertions("bug: bug.cpp:10: int main(): Assertion `x == 1' failed.").is_empty());
}

#[test]
fn the_debug_mode_speaks_in_sentences_that_break_over_lines() {
    let text = "/usr/include/c++/12/debug/vector:442:
In function:
    reference std::__debug::vector<int>::operator[](size_type)

Error: attempt to subscript container with out-of-bounds index 5, but 
container only holds 3 elements.

Objects involved in the operation:
    sequence \"this\" @ 0x7ffc87e2d0e0 {
";
    let expected = [
        "attempt to subscript container with out-of-bounds index N, but container only holds N elements",
    ];
    assert_eq!(debug_mode(text), expected);
    let text = "Error: attempt to increment a singular iterator.\n";
    assert_eq!(debug_mode(text), ["attempt to increment a singular iterator"]);
}

#[test]
fn the_c_library_says_what_it_detected() {
    assert_eq!(
        fortify("*** buffer overflow detected ***: terminated"),
        ["buffer overflow detected"]
    );
    assert_eq!(fortify("*** stack smashing detected ***: terminated"), ["stack smashing detected"]);
    assert!(fortify("free(): double free detected in tcache 2").is_empty());
}

#[test]
fn address_sanitizers_reports_have_one_name_each() {
    let cases = [
        (
            "==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x602",
            "heap-use-after-free",
        ),
        ("==1==ERROR: AddressSanitizer: attempting double-free on 0x602", "double-free"),
        (
            "==1==ERROR: AddressSanitizer: attempting free on address which was not malloc()-ed: 0x7",
            "bad-free",
        ),
        ("==1==ERROR: AddressSanitizer: SEGV on unknown address 0x0", "SEGV"),
        (
            "==1==ERROR: AddressSanitizer: memcpy-param-overlap: memory ranges",
            "memcpy-param-overlap",
        ),
        (
            "==1==ERROR: AddressSanitizer: alloc-dealloc-mismatch (operator new vs free)",
            "alloc-dealloc-mismatch",
        ),
        (
            "==1==ERROR: AddressSanitizer: requested allocation size 0xff exceeds",
            "allocation-size-too-big",
        ),
        ("==1==ERROR: LeakSanitizer: detected memory leaks", "memory leak"),
        ("AddressSanitizer:DEADLYSIGNAL", ""),
    ];
    for (text, kind) in cases {
        assert_eq!(asan(text).join(" "), kind, "{text}");
    }
}

#[test]
fn ubsans_sentences_lose_their_numbers() {
    let text = "bug.cpp:7:14: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented in type 'int'
bug.cpp:8:9: runtime error: load of null pointer of type 'const int'
bug.cpp:9:9: runtime error: member access within address 0x7ffe0f which does not point to an object of type 'B'
";
    let expected = [
        "load of null pointer of type 'const int'",
        "member access within address N which does not point to an object of type 'B'",
        "signed integer overflow: N + N cannot be represented in type 'int'",
    ];
    assert_eq!(ubsan(text), expected);
    assert_eq!(asan_and_ubsan(text), expected);
}

#[test]
fn thread_sanitizer_warns_and_names_the_signal_that_it_caught() {
    let text = "WARNING: ThreadSanitizer: data race (pid=5)
WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=5)
ThreadSanitizer:DEADLYSIGNAL
==5==ERROR: ThreadSanitizer: SEGV on unknown address 0x0 (pc 0x4)
SUMMARY: ThreadSanitizer: SEGV bug.cpp:9 in main
";
    assert_eq!(tsan(text), ["SEGV", "data race", "lock-order-inversion"]);
}

#[test]
fn memory_sanitizer_names_a_use() {
    let text = "==9==WARNING: MemorySanitizer: use-of-uninitialized-value\n    #0 0x4 in main\n";
    assert_eq!(msan(text), ["use-of-uninitialized-value"]);
    let text = "MemorySanitizer:DEADLYSIGNAL
==9==ERROR: MemorySanitizer: SEGV on unknown address 0x0 (pc 0x4)
SUMMARY: MemorySanitizer: SEGV bug.cpp:9 in main
";
    assert_eq!(msan(text), ["SEGV"]);
}

#[test]
fn memchecks_errors_have_one_name_each() {
    let cases = [
        ("Invalid read of size 4", "Invalid read"),
        ("Invalid write of size 8", "Invalid write"),
        ("Invalid free() / delete / delete[] / realloc()", "Invalid free"),
        ("Mismatched free() / delete / delete []", "Mismatched free"),
        ("Conditional jump or move depends on uninitialised value(s)", "uninitialised"),
        ("Use of uninitialised value of size 8", "uninitialised"),
        ("Syscall param write(buf) points to uninitialised byte(s)", "uninitialised"),
        ("Syscall param write(buf) points to unaddressable byte(s)", "unaddressable"),
        ("Source and destination overlap in memcpy(0x1, 0x2, 8)", "overlap"),
        (
            "48 (16 direct, 32 indirect) bytes in 1 blocks are definitely lost in loss record 2 of 2",
            "definitely lost",
        ),
        (
            "Argument 'size' of function malloc has a fishy (possibly negative) value: -1",
            "fishy value",
        ),
        ("   at 0x109189: main (bug.cpp:13)", ""),
        (" Address 0x4dd0c80 is 0 bytes inside a block of size 12 free'd", ""),
        ("Process terminating with default action of signal 11 (SIGSEGV)", ""),
    ];
    for (text, kind) in cases {
        assert_eq!(memcheck(&format!("==77== {text}\n")).join(" "), kind, "{text}");
        assert!(memcheck(text).is_empty(), "the program itself says: {text}");
    }
}

#[test]
fn helgrinds_reports_are_told_from_what_it_tells_about_threads() {
    let cases = [
        ("Possible data race during read of size 4 at 0x10C01C by thread #3", "data race"),
        ("Thread #2: lock order \"0x10C040 before 0x10C068\" violated", "lock order"),
        ("Thread #1: Exiting thread still holds 1 lock", "still holds locks"),
        (
            "Thread #1: Attempt to re-lock a non-recursive lock I already hold",
            "Attempt to re-lock a non-recursive lock I already hold",
        ),
        (
            "Thread #2 unlocked lock at 0x10C040 currently held by thread #1",
            "unlocked lock at N currently held by thread #N",
        ),
        ("Thread #3 was created", ""),
        ("Thread #1 is the program's root thread", ""),
        ("This conflicts with a previous write of size 4 by thread #2", ""),
    ];
    for (text, kind) in cases {
        assert_eq!(helgrind(&format!("==7== {text}\n")).join(" "), kind, "{text}");
    }
}

#[test]
fn rustcs_errors_have_codes_and_its_lints_names() {
    let text = r#"{"$message_type":"diagnostic","message":"cannot borrow `scores` as mutable","code":{"code":"E0502","explanation":"x"},"level":"error","spans":[{}],"children":[],"rendered":"error[E0502]"}
{"$message_type":"diagnostic","message":"unused `Result` that must be used","code":{"code":"unused_must_use","explanation":null},"level":"warning","spans":[{}],"children":[],"rendered":"warning"}
{"$message_type":"diagnostic","message":"an error without a code","code":null,"level":"error","spans":[{}],"children":[],"rendered":"error"}
{"$message_type":"diagnostic","message":"aborting due to 2 previous errors; 1 warning emitted","code":null,"level":"error","spans":[],"children":[],"rendered":"error: aborting"}
{"$message_type":"diagnostic","message":"1 warning emitted","code":null,"level":"warning","spans":[],"children":[],"rendered":"x"}
{"$message_type":"diagnostic","message":"this loop never loops","code":{"code":"clippy::never_loop","explanation":null},"level":"error","spans":[{}],"children":[],"rendered":"x"}
{"$message_type":"diagnostic","message":"For more information about this error, try `rustc --explain E0502`.","code":null,"level":"failure-note","spans":[],"children":[],"rendered":"x"}
{"$message_type":"artifact","artifact":"x"}
"#;
    let expected = ["E0502", "an error without a code", "clippy::never_loop", "unused_must_use"];
    assert_eq!(rustc(text), expected);
    assert_eq!(clippy(text), ["clippy::never_loop"]);
}

#[test]
fn a_panic_is_its_first_line() {
    let text = "\nthread 'main' (12) panicked at bug.rs:5:9:\nindex out of bounds: the len is 3 but the index is 3\nnote: run with\n";
    assert_eq!(panic(text), Some("index out of bounds: the len is 3 but the index is 3"));
    assert_eq!(loom(text), ["index out of bounds: the len is N but the index is N"]);
    assert_eq!(panic("no"), None);
}
