/* The C table of native-worker-pool: what crosses between a pool and the addon that a native task is from.
 * docs/native-tasks.md of native-worker-pool describes it. */

#ifndef NATIVE_WORKER_POOL_H
#define NATIVE_WORKER_POOL_H

/* Generated from src/abi.rs by tests/header.rs. Do not edit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 The major version of the table. A pool refuses a table of another major version.
 */
#define NWP_ABI 1

/*
 The lower half of the type tag of the External around a nwp_table. The tag is the same in every
 major version.
 */
#define NWP_TYPE_TAG_LOWER 10100737172932807575ull

/*
 The upper half of the type tag.
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
 A text: data points to length bytes of UTF-8, without a NUL at the end.
 */
#define NWP_TEXT 4

/*
 Bytes: data points to length bytes. The receiver must not write to them.
 */
#define NWP_BYTES 5

/*
 An array: data points to length values (nwp_value).
 */
#define NWP_LIST 6

/*
 A plain object: data points to length fields (nwp_field).
 */
#define NWP_RECORD 7

/*
 Status: the function has succeeded.
 */
#define NWP_OK 0

/*
 Status: the task has failed. The value is the message, a text, or it is a record with message
 and optionally class (such as "RangeError"), code, and details, a record of further
 properties of the error.
 */
#define NWP_FAILED 1

/*
 Status: the instance can no longer be used. The value is the message, a text. The pool destroys
 the instance, and rejects the task with ERR_POOL_CRASH.
 */
#define NWP_PANICKED 2

/*
 A value of JavaScript, in plain memory.

 A value whose free is set owns memory. Its owner calls free exactly once, on any thread;
 this also frees the values that it contains. To move a value out of its list or record, copy the
 struct, and replace the original by an NWP_UNDEFINED value without free.
 */
typedef struct nwp_value {
  /*
   The kind: NWP_UNDEFINED to NWP_RECORD.
   */
  uint32_t kind;
  /*
   0. A reader ignores bits that it does not know.
   */
  uint32_t reserved;
  /*
   The number or boolean.
   */
  double number;
  /*
   Points to the content. It may be null if length is 0.
   */
  void *data;
  /*
   The number of bytes, values or fields at data.
   */
  size_t length;
  /*
   Reserved for free. Nothing else reads it.
   */
  void *owner;
  /*
   Frees the memory of the value. It is null if the value owns no memory.
   */
  void (*free)(struct nwp_value *value);
} nwp_value;

/*
 A field of a record. The record owns the name.
 */
typedef struct nwp_field {
  /*
   The name, in UTF-8, without a NUL at the end.
   */
  const char *name;
  /*
   The length of the name in bytes.
   */
  size_t name_length;
  /*
   The value.
   */
  struct nwp_value value;
} nwp_field;

/*
 The handle of a running task, which the pool passes to run. It is valid until that
 function returns, and only on its thread.
 */
typedef struct nwp_task {
  /*
   The size of this struct in bytes.
   */
  uint32_t size;
  /*
   0. A reader ignores bits that it does not know.
   */
  uint32_t reserved;
  /*
   Reserved for the pool.
   */
  const void *context;
  /*
   Returns whether the task should stop. A call costs a few nanoseconds.
   */
  bool (*is_cancelled)(const struct nwp_task *task);
  /*
   Reports progress. total is NaN if it is unknown.
   */
  void (*report)(const struct nwp_task *task, double done, double total);
} nwp_task;

/*
 A native task. The addon that exports the table keeps it, and its name, valid until the process
 ends.

 Each thread of a pool calls create before its first task, run for each task, and destroy
 at the end. No function may unwind or longjmp to its caller.
 */
typedef struct nwp_table {
  /*
   The major version: NWP_ABI.
   */
  uint32_t abi;
  /*
   The size of this struct in bytes.
   */
  uint32_t size;
  /*
   The name of the task, in UTF-8, with a NUL at the end.
   */
  const char *name;
  /*
   0. The pool ignores bits that it does not know.
   */
  uint64_t flags;
  /*
   Creates an instance. Returns a status. If that is not NWP_OK, the function has set error
   and created no instance. error is NWP_UNDEFINED before the call. If create is null, the
   instance is null.
   */
  int32_t (*create)(void *data, void **instance, struct nwp_value *error);
  /*
   Runs a task. Returns a status, and sets output to the result or the error, which the pool
   then owns. output is NWP_UNDEFINED before the call. The pool owns input; the function
   may move values out of it.
   */
  int32_t (*run)(void *instance, struct nwp_value *input, struct nwp_value *output, const struct nwp_task *task);
  /*
   Destroys an instance. It may be null if create is null.
   */
  void (*destroy)(void *instance);
  /*
   The first argument of create.
   */
  void *data;
} nwp_table;

#endif  /* NATIVE_WORKER_POOL_H */
