/* Tables and tasks in C that keep the protocol badly, for the tests. */

#include <stdlib.h>
#include <string.h>

#include "native_worker_pool.h"

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct {
  uint64_t lower, upper;
} napi_type_tag;
int napi_create_external(napi_env env, void *data, void *finalize, void *hint, napi_value *result);
int napi_type_tag_object(napi_env env, napi_value value, const napi_type_tag *tag);
int napi_set_named_property(napi_env env, napi_value object, const char *name, napi_value value);

static int alive = 0; /* values that were not freed */

static void free_data(nwp_value *value) {
  free(value->data);
  __atomic_fetch_sub(&alive, 1, __ATOMIC_SEQ_CST);
}

static void free_nothing(nwp_value *value) {
  (void)value;
  __atomic_fetch_sub(&alive, 1, __ATOMIC_SEQ_CST);
}

static void free_list(nwp_value *value) {
  nwp_value *items = value->data;
  for (size_t i = 0; i < value->length; i++)
    if (items[i].free) items[i].free(&items[i]);
  free_data(value);
}

static nwp_value text(const char *words) {
  size_t length = strlen(words);
  char *data = malloc(length + 1);
  memcpy(data, words, length);
  __atomic_fetch_add(&alive, 1, __ATOMIC_SEQ_CST);
  return (nwp_value){.kind = NWP_TEXT, .data = data, .length = length, .free = free_data};
}

static nwp_value list_of(nwp_value item) {
  nwp_value *items = malloc(sizeof item);
  *items = item;
  __atomic_fetch_add(&alive, 1, __ATOMIC_SEQ_CST);
  return (nwp_value){.kind = NWP_LIST, .data = items, .length = 1, .free = free_list};
}

static void free_record(nwp_value *value) {
  nwp_field *fields = value->data;
  for (size_t i = 0; i < value->length; i++)
    if (fields[i].value.free) fields[i].value.free(&fields[i].value);
  free_data(value);
}

static nwp_value record_of(const char *name, nwp_value value) {
  nwp_field *fields = malloc(sizeof *fields);
  *fields = (nwp_field){.name = name, .name_length = strlen(name), .value = value};
  __atomic_fetch_add(&alive, 1, __ATOMIC_SEQ_CST);
  return (nwp_value){.kind = NWP_RECORD, .data = fields, .length = 1, .free = free_record};
}

/* What the input says: a number, or the field "what" of an object. */
static double what_of(const nwp_value *input) {
  const nwp_field *fields = input->data;
  if (input->kind != NWP_RECORD) return input->number;
  for (size_t i = 0; i < input->length; i++)
    if (fields[i].name_length == 4 && memcmp(fields[i].name, "what", 4) == 0) return fields[i].value.number;
  return -1;
}

/* The input says what to do. */
static int32_t run(void *instance, nwp_value *input, nwp_value *output, const nwp_task *task) {
  static char wrong[] = {(char)0xff, (char)0xfe, 0};
  double what = what_of(input);
  (void)instance;
  (void)task;

  if (what == 0) *output = (nwp_value){.kind = NWP_NUMBER, .number = alive};
  if (what == 1) return *output = text("returned beside a wrong status"), 42;
  if (what == 2) return *output = text("returned beside a wrong status"), INT32_MIN;
  if (what == 3) *output = (nwp_value){.kind = 77};
  if (what == 4) *output = (nwp_value){.kind = NWP_TEXT, .data = wrong, .length = 2};
  if (what == 5) *output = (nwp_value){.kind = NWP_BYTES, .data = NULL, .length = 5};
  if (what == 6) *output = (nwp_value){.kind = NWP_LIST, .data = wrong, .length = SIZE_MAX / 2};
  if (what == 7) {
    *output = text("deep");
    for (int i = 0; i < 200; i++) *output = list_of(*output);
  }
  if (what == 8) return NWP_FAILED; /* without a message */
  if (what == 9) return *output = (nwp_value){.kind = 77}, NWP_FAILED;
  if (what == 10) return *output = text("a plain message"), NWP_FAILED;
  if (what == 11) return NWP_PANICKED;
  if (what == 12) return *output = text("panicked in C"), NWP_PANICKED;
  if (what == 13) {
    __atomic_fetch_add(&alive, 1, __ATOMIC_SEQ_CST);
    *output = (nwp_value){.kind = NWP_NUMBER, .number = 13, .free = free_nothing};
  }
  if (what == 14) *output = list_of(list_of(text("in lists")));
  if (what == 15) *output = (nwp_value){.kind = NWP_RECORD, .data = NULL, .length = 0};
  if (what == 16) *output = record_of("a", list_of(text("in a record")));
  if (what == 17) *output = record_of(wrong, text("without a name"));
  if (what == 18) { /* takes the first item of its input */
    nwp_value *first = ((nwp_field *)input->data)[1].value.data;
    *output = *first;
    *first = (nwp_value){.kind = NWP_UNDEFINED};
  }
  return NWP_OK;
}

static int32_t create(void *data, void **instance, nwp_value *error) {
  (void)instance;
  *error = text(data);
  return NWP_FAILED;
}

static int32_t create_garbage(void *data, void **instance, nwp_value *error) {
  (void)data;
  (void)instance;
  (void)error;
  return 99;
}

static void destroy(void *instance) { (void)instance; }

static const nwp_table tables[] = {
    {.abi = NWP_ABI, .size = sizeof(nwp_table), .name = "hostile", .run = run},
    {.abi = NWP_ABI, .size = sizeof(nwp_table), .name = "unmade", .create = create, .run = run, .destroy = destroy, .data = "no instance today"},
    {.abi = NWP_ABI, .size = sizeof(nwp_table), .name = "unmadeBadly", .create = create_garbage, .run = run, .destroy = destroy},
    {.abi = NWP_ABI, .size = sizeof(nwp_table) + 64, .name = "newer", .run = run},
    {.abi = NWP_ABI + 1, .size = sizeof(nwp_table), .name = "nextMajor", .run = run},
    {.abi = NWP_ABI, .size = 16, .name = "short", .run = run},
    {.abi = NWP_ABI, .size = sizeof(nwp_table), .name = "withoutRun"},
    {.abi = NWP_ABI, .size = sizeof(nwp_table), .name = "withoutDestroy", .create = create, .run = run},
};

static napi_value external(napi_env env, const void *data) {
  napi_value value = NULL;
  napi_create_external(env, (void *)data, NULL, NULL, &value);
  return value;
}

#ifdef _WIN32
__declspec(dllexport)
#endif
napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  static const napi_type_tag tag = {NWP_TYPE_TAG_LOWER, NWP_TYPE_TAG_UPPER}, other = {1, 2};
  static const nwp_table nameless = {.abi = NWP_ABI, .size = sizeof nameless, .run = run};
  napi_value value;

  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    value = external(env, &tables[i]);
    napi_type_tag_object(env, value, &tag);
    napi_set_named_property(env, exports, tables[i].name, value);
  }
  value = external(env, &nameless);
  napi_type_tag_object(env, value, &tag);
  napi_set_named_property(env, exports, "nameless", value);
  /* Externals of another kind: their pointers must not be read. */
  napi_set_named_property(env, exports, "untagged", external(env, (void *)1));
  value = external(env, (void *)1);
  napi_type_tag_object(env, value, &other);
  napi_set_named_property(env, exports, "foreign", value);
  value = external(env, NULL);
  napi_type_tag_object(env, value, &tag);
  napi_set_named_property(env, exports, "null", value);
  return exports;
}
