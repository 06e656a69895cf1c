/* The C table of native-worker-pool: what crosses between a pool and the addon that a native task is from.
 * docs/native-tasks.md of native-worker-pool describes it. */

#ifndef NATIVE_WORKER_POOL_H
#define NATIVE_WORKER_POOL_H

/* Generated from src/abi.rs by tests/header.rs. Do not edit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 The major version of the table. A pool refuses a table of another one.
 */
#define NWP_ABI 1

/*
 The type tag of the External around a nwp_table: its lower half. The tag is the same for every
 major version.
 */
#define NWP_TYPE_TAG_LOWER 10100737172932807575ull

/*
 The upper half.
 */
#define NWP_TYPE_TAG_UPPER 13105928191243472739ull

/*
 undefined.
 */
#define NWP_UNDEFINED 0

/*
 null.
 */
#define NWP_NULL 1

/*
 A boolean: number is 0 or 1.
 */
#define NWP_BOOL 2

/*
 A number: number.
 */
#define NWP_NUMBER 3

/*
 A text: length bytes of UTF-8 at data, without a NUL at their end.
 */
#define NWP_TEXT 4

/*
 Bytes: length of them at data. Whoever receives them does not write to them.
 */
#define NWP_BYTES 5

/*
 An array: length values (nwp_value) at data.
 */
#define NWP_LIST 6

/*
 A plain object: length fields (nwp_field) at data.
 */
#define NWP_RECORD 7

/*
 Status: the function has succeeded.
 */
#define NWP_OK 0

/*
 Status: the task has failed. The value is the message, a text; or a record with message and,
 as far as they are known, class ("RangeError", say), code, and details, a record of
 further properties of the error.
 */
#define NWP_FAILED 1

/*
 Status: the instance can no longer be used. The value is the message, a text. The pool destroys
 the instance, and rejects the task with ERR_POOL_CRASH.
 */
#define NWP_PANICKED 2

/*
 A value of JavaScript, in plain memory.

 A value with a free owns memory, and whoever owns the value calls free once, on any thread.
 That frees the values within it as well. To take a value out of another, copy it, and make the
 original NWP_UNDEFINED without a free.
 */
typedef struct nwp_value {
  /*
   What it is: NWP_UNDEFINED and so on.
   */
  uint32_t kind;
  /*
   0. Bits that a reader does not know have no meaning for it.
   */
  uint32_t reserved;
  /*
   A number, or a boolean.
   */
  double number;
  /*
   Where the content is. May be null if length is 0.
   */
  void *data;
  /*
   How many bytes, values or fields there are.
   */
  size_t length;
  /*
   For free: nobody else reads it.
   */
  void *owner;
  /*
   Frees the memory of the value; null if there is nothing to free.
   */
  void (*free)(struct nwp_value *value);
} nwp_value;

/*
 A field of a record. The name belongs to the record.
 */
typedef struct nwp_field {
  /*
   The name, in UTF-8, without a NUL at its end.
   */
  const char *name;
  /*
   How many bytes it has.
   */
  size_t name_length;
  /*
   The value.
   */
  struct nwp_value value;
} nwp_field;

/*
 A running task, as the pool shows it to run. Valid until that returns, on its thread
 only.
 */
typedef struct nwp_task {
  /*
   The size of this struct, in bytes.
   */
  uint32_t size;
  /*
   0. Bits that a reader does not know have no meaning for it.
   */
  uint32_t reserved;
  /*
   The pool's own.
   */
  const void *context;
  /*
   Whether the task should stop. Costs a few nanoseconds.
   */
  bool (*is_cancelled)(const struct nwp_task *task);
  /*
   Reports progress; total is NaN if it is not known.
   */
  void (*report)(const struct nwp_task *task, double done, double total);
} nwp_task;

/*
 A native task. The table and its name stay valid until the process ends, in the addon that
 exports them.

 A pool calls create on each of its threads before the first task, then run for each task,
 and destroy at the end, all on this thread. No call may unwind or longjmp across the table.
 */
typedef struct nwp_table {
  /*
   The major version: NWP_ABI.
   */
  uint32_t abi;
  /*
   The size of this struct, in bytes.
   */
  uint32_t size;
  /*
   The name of the task, in UTF-8, with a NUL at its end.
   */
  const char *name;
  /*
   0. Bits that the pool does not know have no meaning for it.
   */
  uint64_t flags;
  /*
   Makes an instance. Returns a status; if that is not NWP_OK, error is set and there is no
   instance. error is NWP_UNDEFINED before. If this function is null, the instance is null.
   */
  int32_t (*create)(void *data, void **instance, struct nwp_value *error);
  /*
   Runs a task. Returns a status, and sets output to the result or the error, which the pool
   then owns. output is NWP_UNDEFINED before. The pool owns input; values may be taken out
   of it.
   */
  int32_t (*run)(void *instance, struct nwp_value *input, struct nwp_value *output, const struct nwp_task *task);
  /*
   Destroys an instance; null if there is nothing to do.
   */
  void (*destroy)(void *instance);
  /*
   The first argument of create.
   */
  void *data;
} nwp_table;

#endif  /* NATIVE_WORKER_POOL_H */
