// Generated from the component headers.

/// Hands every function of the C interface that begins with `dpt_rust_` to a macro.
#[allow(unused_macros, reason = "each user of this file needs one of the two")]
macro_rules! rust_functions {
    ($then:ident) => {
        $then! {
            dpt_rust_malloc
            dpt_rust_calloc
            dpt_rust_realloc
            dpt_rust_memalign
            dpt_rust_free
            dpt_rust_usable_size
            dpt_rust_alloc_trim
            dpt_rust_alloc_get_stats
            dpt_rust_alloc_visit_threads
            dpt_rust_alloc_print_stats
            dpt_rust_heap_new
            dpt_rust_heap_malloc
            dpt_rust_heap_calloc
            dpt_rust_heap_memalign
            dpt_rust_heap_realloc
            dpt_rust_heap_free
            dpt_rust_heap_visit
            dpt_rust_heap_delete
            dpt_rust_last_error
            dpt_rust_status_name
            dpt_rust_pool_new
            dpt_rust_pool_threads
            dpt_rust_pool_get_metrics
            dpt_rust_pool_wait_idle
            dpt_rust_pool_delete
            dpt_rust_pool_shutdown_now
            dpt_rust_pool_install
            dpt_rust_pool_join
            dpt_rust_pool_scope
            dpt_rust_scope_spawn
            dpt_rust_pool_broadcast
            dpt_rust_pool_for
            dpt_rust_pool_spawn
            dpt_rust_pool_submit
            dpt_rust_task_is_done
            dpt_rust_task_wait
            dpt_rust_task_delete
            dpt_rust_cancel_new
            dpt_rust_cancel_now
            dpt_rust_cancel_dropped
            dpt_rust_cancel_delete
            dpt_rust_vec_new
            dpt_rust_vec_with_capacity
            dpt_rust_vec_from
            dpt_rust_vec_clone
            dpt_rust_vec_reserve
            dpt_rust_vec_reserve_exact
            dpt_rust_vec_shrink_to_fit
            dpt_rust_vec_push
            dpt_rust_vec_push_take
            dpt_rust_vec_extend
            dpt_rust_vec_append
            dpt_rust_vec_pop
            dpt_rust_vec_truncate
            dpt_rust_vec_clear
            dpt_rust_vec_resize
            dpt_rust_vec_insert
            dpt_rust_vec_insert_take
            dpt_rust_vec_remove
            dpt_rust_vec_swap_remove
            dpt_rust_vec_erase
            dpt_rust_vec_split_off
            dpt_rust_vec_retain
            dpt_rust_vec_dedup
            dpt_rust_vec_open_gap
            dpt_rust_vec_close_gap
            dpt_rust_vec_set_len
            dpt_rust_vec_free
        }
    };
}

/// Hands every function of the C interface that begins with `dpt_cpp_` to a macro.
#[allow(unused_macros, reason = "each user of this file needs one of the two")]
macro_rules! cpp_functions {
    ($then:ident) => {
        $then! {
            dpt_cpp_malloc
            dpt_cpp_calloc
            dpt_cpp_realloc
            dpt_cpp_memalign
            dpt_cpp_free
            dpt_cpp_usable_size
            dpt_cpp_alloc_trim
            dpt_cpp_alloc_get_stats
            dpt_cpp_alloc_visit_threads
            dpt_cpp_alloc_print_stats
            dpt_cpp_heap_new
            dpt_cpp_heap_malloc
            dpt_cpp_heap_calloc
            dpt_cpp_heap_memalign
            dpt_cpp_heap_realloc
            dpt_cpp_heap_free
            dpt_cpp_heap_visit
            dpt_cpp_heap_delete
            dpt_cpp_last_error
            dpt_cpp_status_name
            dpt_cpp_vec_new
            dpt_cpp_vec_with_capacity
            dpt_cpp_vec_from
            dpt_cpp_vec_clone
            dpt_cpp_vec_reserve
            dpt_cpp_vec_reserve_exact
            dpt_cpp_vec_shrink_to_fit
            dpt_cpp_vec_push
            dpt_cpp_vec_push_take
            dpt_cpp_vec_extend
            dpt_cpp_vec_append
            dpt_cpp_vec_pop
            dpt_cpp_vec_truncate
            dpt_cpp_vec_clear
            dpt_cpp_vec_resize
            dpt_cpp_vec_insert
            dpt_cpp_vec_insert_take
            dpt_cpp_vec_remove
            dpt_cpp_vec_swap_remove
            dpt_cpp_vec_erase
            dpt_cpp_vec_split_off
            dpt_cpp_vec_retain
            dpt_cpp_vec_dedup
            dpt_cpp_vec_open_gap
            dpt_cpp_vec_close_gap
            dpt_cpp_vec_set_len
            dpt_cpp_vec_free
        }
    };
}
