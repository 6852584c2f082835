/* The deque and the sleep of the thread pool on a processor with store buffers (x86's order), where
 * a light fence is nothing, and a heavy one empties the buffers of all others, as membarrier does.
 * The models in Rust take both for real ones.
 *
 * One owner pushes three jobs, takes one back by the fast path and one by the slow one, and never
 * comes back; two workers search, steal and sleep. Each job is done once, and when nothing moves any
 * more all are done. `run` has spin try all of it, and each defect.
 */

#define JOBS 3
#define FULL 100       /* the ring is large enough */
#define ATTENTION 0    /* a limit that every push reaches */
#define AWAKE 0
#define ASLEEP 1
#define CALLING 2
#define CALLED 3
#define NONE 99

/* ---- Memory, as everybody sees it ------------------------------------------------------------- */

byte top, bottom, slot[JOBS + 1];
#ifdef SYMMETRIC
byte limit = ATTENTION;
#else
byte limit = FULL;
#endif
byte asleep, searching, park[2];
byte done[JOBS];
bool was_pushed[JOBS];

/* What the owner has stored and others do not see yet: index of the slot, or BOTTOM; and value. Only
 * the owner has plain stores. */
#define BOTTOM 99
chan buffer = [8] of { byte, byte };

active proctype memory() {
    byte what, value;
end:
    do
    :: atomic {
        buffer ? what, value ->
        if
        :: what == BOTTOM -> bottom = value
        :: else -> slot[what] = value
        fi
    }
    od
}

#define drained (len(buffer) == 0)

#ifdef SYMMETRIC
#define light drained
#define heavy skip
#else
#define light skip
#define heavy drained
#endif

#ifdef NO_LIGHT
#undef light
#define light skip
#endif
#ifdef NO_HEAVY_IN_STEAL
#define heavy_in_steal skip
#else
#define heavy_in_steal heavy
#endif
#ifdef NO_HEAVY_IN_SLEEP
#define heavy_in_sleep skip
#else
#define heavy_in_sleep heavy
#endif
#ifdef NO_HEAVY_IN_END_SEARCH
#define heavy_in_end_search skip
#else
#define heavy_in_end_search heavy
#endif

inline execute(job) {
    d_step {
        assert(job < JOBS && was_pushed[job]);
        done[job]++;
        assert(done[job] == 1)
    }
}

/* A read-modify-write of the owner's waits for its buffer; `ready` is that, or true for others. */
inline wake_one(ready) {
    atomic { is_idle = asleep > 0 && searching == 0 };
    if
    :: is_idle ->
        who = 0;
        do
        :: who == 2 -> break
        :: who < 2 ->
            seen = park[who];
            if
            :: seen == ASLEEP ->
                atomic {
                    ready;
                    is_idle = park[who] == ASLEEP;
                    if
                    :: is_idle -> park[who] = CALLING
                    :: else
                    fi
                };
                if
                :: is_idle ->
                    atomic { asleep--; searching++ };
                    park[who] = CALLED;
                    break
                :: else -> who++
                fi
            :: else -> who++
            fi
        od
    :: else
    fi
}

/* ---- Owner ------------------------------------------------------------------------------------ */

inline push(job) {
    was_pushed[job] = true;
    buffer ! mine, job;
    mine++;
    buffer ! BOTTOM, mine;
#ifndef SYMMETRIC
    light;
#endif
    seen = limit;
    if
    :: mine >= seen ->
        light;
        seen = asleep;
        if
        :: seen == 0 ->
#ifndef SYMMETRIC
            atomic { drained; limit = FULL };
#endif
#ifdef NO_SECOND_LOOK
            seen = 0;
#else
            seen = asleep;
#endif
            if
            :: seen > 0 ->
                atomic { drained; limit = ATTENTION };
                wake_one(drained)
            :: else
            fi
        :: else -> wake_one(drained)
        fi
    :: else
    fi
}

/* The slow path: the youngest, if there is one. */
inline pop() {
    mine--;
    buffer ! BOTTOM, mine;
    light;
    seen = top;
    if
    :: seen < mine -> job = taken[mine]; execute(job)
    :: seen == mine ->
        atomic {
            drained;
            is_idle = top == seen;
            if
            :: is_idle -> top++
            :: else
            fi
        };
        if
        :: is_idle -> job = taken[mine]; execute(job)
        :: else
        fi;
        mine++;
        buffer ! BOTTOM, mine
    :: seen > mine -> mine++; buffer ! BOTTOM, mine
    fi
}

/* The fast path, for the youngest but not the last. */
inline take() {
    mine--;
    buffer ! BOTTOM, mine;
#ifndef SYMMETRIC
    light;
    seen = top;
#else
    seen = NONE;
#endif
    if
    :: seen < mine -> job = taken[mine]; execute(job)
    :: else -> mine++; buffer ! BOTTOM, mine; pop()
    fi
}

active proctype owner() {
    byte mine, seen, who, job, taken[JOBS + 1];
    bool is_idle;
    taken[mine] = 0; push(0);
    taken[mine] = 1; push(1);
    take();
    taken[mine] = 2; push(2);
#ifdef POPS
    pop();
#endif
}

/* ---- Workers ---------------------------------------------------------------------------------- */

active [2] proctype worker() {
    byte me = _pid - 2, mine, seen, who, job;
    bool is_idle;
search:
    searching++;
look:
    seen = top;
    mine = bottom;
    if
    :: seen >= mine -> goto sleep
    :: else
    fi;
    heavy_in_steal;
    mine = bottom;
    if
    :: seen >= mine -> goto sleep
    :: else
    fi;
    job = slot[seen % (JOBS + 1)];
    atomic {
        is_idle = top == seen;
        if
        :: is_idle -> top++
        :: else
        fi
    };
    if
    :: !is_idle -> goto look
    :: else
    fi;
#ifdef STAYS_COUNTED
    is_idle = false;
#else
    atomic { searching--; is_idle = asleep > 0 && searching == 0 };
#endif
#ifdef NO_LOOK_IN_END_SEARCH
    is_idle = false;
#endif
    if
    :: is_idle ->
        heavy_in_end_search;
        seen = top;
        mine = bottom;
        if
        :: seen < mine -> wake_one(true)
        :: else
        fi
    :: else
    fi;
    execute(job);
    /* Work that goes on until the other two are done, as long as it may: both workers are needed. */
    if
    :: job == 0 -> working: (done[2] == 1)
    :: else
    fi;
    goto search;
sleep:
    atomic { asleep++; searching-- };
    park[me] = ASLEEP;
#ifndef NO_CALL
    limit = ATTENTION;
#endif
    heavy_in_sleep;
    seen = top;
    mine = bottom;
#ifdef NO_LOOK_IN_SLEEP
    is_idle = false;
#else
    is_idle = seen < mine;
#endif
    if
    :: is_idle ->
        atomic {
            is_idle = park[me] == ASLEEP;
            if
            :: is_idle -> park[me] = AWAKE
            :: else
            fi
        };
        if
        :: is_idle -> atomic { asleep--; searching++ }; goto look
        :: else
        fi
    :: else
    fi;
end:
    park[me] == CALLED;
    park[me] = AWAKE;
    goto look
}

/* ---- Both --------------------------------------------------------------------------------------*/

active proctype judge() {
    timeout -> assert(done[0] == 1 && done[1] == 1 && done[2] == 1)
}
