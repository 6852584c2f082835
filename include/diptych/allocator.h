/*
 * diptych/allocator.h - malloc and its family, and heaps that are thrown away whole.
 *
 * Included once per twin by diptych.h; see there how a name gets its prefix. The meaning, the
 * invariants A1 to A9, the size classes and what is checked are in spec/allocator.md; both twins
 * obey the same text. The libraries diptych_malloc_rust and diptych_malloc_cpp have the same
 * allocators under the names of the C library, for programs that are not to be changed.
 *
 * Example (examples/c/heap.c is the whole program):
 *
 *     dpt_heap *request = dpt_heap_new();
 *     char *text = dpt_heap_malloc(request, 100);
 *     if (text == NULL) { dpt_heap_delete(request); return 1; }
 *     ...
 *     dpt_heap_delete(request);      // the text, and everything else of the heap, at once
 *
 * Units:     sizes and alignments are bytes, as are all members whose name ends in _bytes.
 * Alignment: a block begins at a multiple of 16; of more, where dpt_memalign was asked.
 * Failure:   null, where a block or a heap is answered. The only causes are want of memory, a size
 *            above PTRDIFF_MAX, and an alignment that is no power of two. These functions keep no
 *            sentence: dpt_last_error() stays as it was, and errno means nothing.
 * Ownership: a block is the caller's until it is given back, by dpt_free, dpt_realloc or the end of
 *            its heap. The C library's free() does not take it, and dpt_free takes no other block;
 *            nor does one twin take the other's. A block of a dpt_heap goes back to that heap only.
 * Threads:   any thread may call the functions without a heap, and free or resize what another one
 *            allocated. A dpt_heap and its blocks belong to one thread at a time; it may be another
 *            one later, if something orders the two.
 * Faults:    a block that is freed twice, a pointer that is no block, a block that was written past:
 *            where such is found the program ends, by abort(), after one line on its standard error
 *            output: "diptych: double free: 0x7f0012345670".
 * Signals:   not to be called from a handler. After fork() the child may call all of them.
 */

/* ---- Types ------------------------------------------------------------------------------- */

/* A heap of one's own; opaque. */
typedef struct dpt_heap dpt_heap;

/* What one size class holds. */
typedef struct dpt_alloc_class {
    size_t block_bytes; /* of each of its blocks, with the word before it */
    size_t live_blocks; /* allocated and not yet given back */
    size_t pages;       /* that are cut into blocks of this size */
} dpt_alloc_class;

/*
 * What the allocator holds, of all threads and heaps. The numbers are read one after the other,
 * without stopping anybody: while other threads allocate, they need not belong to one moment.
 */
typedef struct dpt_alloc_stats {
    size_t live_bytes;           /* usable bytes of all allocated blocks */
    size_t live_blocks;          /* allocated blocks, of every size */
    size_t committed_bytes;      /* that the kernel may have given memory for, headers included */
    size_t peak_committed_bytes; /* the most of these so far */
    size_t reserved_bytes;       /* of address space */
    size_t pages;                /* runs of slices that hold blocks of one size */
    size_t threads;              /* that have a heap at present */
    dpt_alloc_class classes[66];
} dpt_alloc_stats;

/* What one thread holds. */
typedef struct dpt_alloc_thread {
    size_t pages;       /* that it owns */
    size_t live_blocks; /* allocated blocks in them, whoever allocated them */
    size_t live_bytes;  /* usable bytes of these */
} dpt_alloc_thread;

/* ---- Blocks ------------------------------------------------------------------------------ */

/*
 * A block of at least `size` bytes, of any content; one of its own also if size is 0. Null if there
 * is no memory, or size is above PTRDIFF_MAX. O(1) on the way that is taken nearly always.
 */
void *dpt_malloc(size_t size);

/* A block of at least count * size bytes, all zero. Null also if the product overflows. */
void *dpt_calloc(size_t count, size_t size);

/*
 * Makes the block `size` bytes long, here or elsewhere; the first bytes, as many as both have, keep
 * their values. `block` is then to be forgotten, unless it is answered. dpt_realloc(NULL, size) is
 * dpt_malloc(size); with a size of 0 the block is freed and null is answered. Null otherwise means
 * that there is no memory: the block is as it was, and the caller's.
 * Large blocks grow by moving pages, which copies nothing.
 */
void *dpt_realloc(void *block, size_t size);

/* As dpt_malloc, at a multiple of `align`, a power of two. Null also if it is none. */
void *dpt_memalign(size_t align, size_t size);

/* Gives a block back. Null is accepted, and nothing happens. */
void dpt_free(void *block);

/* How many bytes of the block may be used: what was asked for, or somewhat more. 0 for null. Takes
 * blocks of heaps, too. */
size_t dpt_usable_size(const void *block);

/* ---- The allocator itself ---------------------------------------------------------------- */

/*
 * Gives the kernel what memory it can have, of this thread and of what nobody holds. Memory that
 * stays unused goes back by itself as well, a little later. Not 0 if there was any.
 */
int dpt_alloc_trim(void);

/* Writes what the allocator holds to *out. DPT_ERR_NULL. O(pages): nothing is counted while blocks
 * come and go. */
dpt_status dpt_alloc_get_stats(dpt_alloc_stats *out);

/*
 * Calls visit(context, thread, holds) for every thread that owns pages; `thread` is a number that no
 * other living thread has, and `holds` is good until `visit` returns. The first call is with 0, for
 * what belongs to no thread: full pages, blocks too large to share a page, and the heaps below. All
 * together are the numbers of dpt_alloc_get_stats, if nobody allocates meanwhile. Nothing happens if
 * `visit` is null. O(threads * pages).
 */
void dpt_alloc_visit_threads(void (*visit)(void *context, size_t thread,
                                           const dpt_alloc_thread *holds),
                             void *context);

/*
 * Writes the numbers of both to the standard error output, as a table, in one piece. Allocates
 * nothing. What stdio has not written yet comes later. A program that runs on one of the libraries
 * diptych_malloc_* does so when it exits, if the environment variable DIPTYCH_MALLOC_STATS was set
 * when it began, to something else than 0.
 */
void dpt_alloc_print_stats(void);

/* ---- Heaps ------------------------------------------------------------------------------- */

/* A new heap, without blocks. Null if there is no memory. The caller ends it by dpt_heap_delete. */
dpt_heap *dpt_heap_new(void);

/* As dpt_malloc, from the heap. Null also if `heap` is null. */
void *dpt_heap_malloc(dpt_heap *heap, size_t size);

/* As dpt_calloc, from the heap. Null also if `heap` is null. */
void *dpt_heap_calloc(dpt_heap *heap, size_t count, size_t size);

/* As dpt_memalign, from the heap. Null also if `heap` is null. */
void *dpt_heap_memalign(dpt_heap *heap, size_t align, size_t size);

/* As dpt_realloc, for a block of the heap, which stays one of it. Null also if `heap` is null. */
void *dpt_heap_realloc(dpt_heap *heap, void *block, size_t size);

/* Gives a block of the heap back. A null heap or block is accepted, and nothing happens. */
void dpt_heap_free(dpt_heap *heap, void *block);

/*
 * Calls visit(context, block, size) for every block of the heap that is not given back; `size` is
 * what may be used of it. In no particular order. `visit` may not call a function with this heap,
 * and must return. Nothing happens if the heap or `visit` is null.
 */
void dpt_heap_visit(dpt_heap *heap, void (*visit)(void *context, void *block, size_t size),
                    void *context);

/* Ends the heap and all its blocks at once. O(pages), not O(blocks). Null is accepted. */
void dpt_heap_delete(dpt_heap *heap);
