/*
 * diptych/error.h - the sentence behind a status.
 *
 * Included once per twin by diptych.h; see there how a name gets its prefix.
 */

/*
 * The latest failure of this twin on the calling thread, as one NUL-terminated UTF-8 line without a
 * full stop, with figures: "index 7 is past the end of 5 elements". A success leaves it alone; ""
 * when nothing has failed yet. Never null, at most 255 bytes. Both twins use the same words.
 *
 * Ownership: the library's. Valid until the next failing call into this twin on the same thread.
 * Threads:   each thread has its own.
 */
const char *dpt_last_error(void);

/*
 * A short constant name for a status: "ok", "index out of range". Never null, also for values that
 * are no dpt_status. Ownership: the library's, valid for ever. Threads: any.
 */
const char *dpt_status_name(dpt_status status);
