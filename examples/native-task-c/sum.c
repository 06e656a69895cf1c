/* A native task in C: adds the bytes of its data. Without a state, so it needs neither create nor destroy.
 *
 *     cc -shared -fPIC -I ../../crates/sdk/include -o sum.node sum.c      (macOS: -undefined dynamic_lookup)
 *
 *     const { sum } = require('./sum.node');
 *     console.log(await new WorkerPool(4, sum).run(new Uint8Array([1, 2, 3]))); // 6
 */

#include "native_worker_pool.h"

/* What this addon needs of <node_api.h>, which comes with Node.js. */
typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct {
  uint64_t lower, upper;
} napi_type_tag;
int napi_create_external(napi_env env, void *data, void *finalize, void *hint, napi_value *result);
int napi_type_tag_object(napi_env env, napi_value value, const napi_type_tag *tag);
int napi_set_named_property(napi_env env, napi_value object, const char *name, napi_value value);

/* The message of an error, which needs no memory of its own. */
static int32_t fail(nwp_value *output, char *message, size_t length) {
  *output = (nwp_value){.kind = NWP_TEXT, .data = message, .length = length};
  return NWP_FAILED;
}

static int32_t run(void *instance, nwp_value *input, nwp_value *output, const nwp_task *task) {
  static char expected[] = "data must be bytes";
  static char cancelled[] = "cancelled";
  const size_t piece = 1 << 18;
  const unsigned char *bytes = input->data;
  double sum = 0;
  (void)instance;

  if (input->kind != NWP_BYTES) return fail(output, expected, sizeof expected - 1);
  for (size_t at = 0; at < input->length; at++) {
    if (at % piece == 0) {
      if (task->is_cancelled(task)) return fail(output, cancelled, sizeof cancelled - 1);
      task->report(task, (double)at, (double)input->length);
    }
    sum += bytes[at];
  }
  *output = (nwp_value){.kind = NWP_NUMBER, .number = sum};
  return NWP_OK;
}

static const nwp_table table = {.abi = NWP_ABI, .size = sizeof table, .name = "sum", .run = run};

#ifdef _WIN32
__declspec(dllexport)
#endif
napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  static const napi_type_tag tag = {NWP_TYPE_TAG_LOWER, NWP_TYPE_TAG_UPPER};
  napi_value value;

  if (napi_create_external(env, (void *)&table, NULL, NULL, &value) == 0 && napi_type_tag_object(env, value, &tag) == 0)
    napi_set_named_property(env, exports, table.name, value);
  return exports;
}
