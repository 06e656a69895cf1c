/* Calls libjpeg. libjpeg reports an error by calling a function that must not return. Here that function jumps back to
 * the entry point that called libjpeg, which then returns NWP_FAILED. A jump never crosses a Rust frame: each entry
 * point calls setjmp first, and the callback into Rust returns before anything jumps. */

#include "shim.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h> /* needs the types of jpeglib.h */

/* Maximum number of scans of a progressive image. The format allows any number, and a scan of a few bytes can cost as
 * much time as a pass over the whole image. Encoders write about ten. */
#define MAX_SCANS 500

/* Shared by readers and writers: how a call of libjpeg ends early, by an error or on request. */
typedef struct {
  struct jpeg_error_mgr errors; /* must be first: libjpeg's pointer to it is cast to `control *` */
  struct jpeg_progress_mgr progress;
  jmp_buf entry;
  int outcome;
  int flaws;
  nwp_should_stop should_stop;
  void *context;
  char message[JMSG_LENGTH_MAX];
} control;

struct nwp_jpeg_reader {
  struct jpeg_decompress_struct image;
  control control;
};

struct nwp_jpeg_writer {
  struct jpeg_compress_struct image;
  control control;
  struct jpeg_destination_mgr destination;
  JOCTET *out;
  size_t out_capacity;
};

static void leave(control *control, int outcome) {
  control->outcome = outcome;
  longjmp(control->entry, 1);
}

static void on_error(j_common_ptr image) {
  control *own = (control *)image->err;
  image->err->format_message(image, own->message);
  leave(own, NWP_FAILED);
}

/* Level -1 is a warning: the data are damaged but can still be decoded. Other levels are trace messages. */
static void on_message(j_common_ptr image, int level) {
  control *own = (control *)image->err;
  if (level >= 0) return;
  image->err->num_warnings++;
  if (own->flaws == 0) image->err->format_message(image, own->message);
  switch (image->err->msg_code) {
    case JWRN_JPEG_EOF: own->flaws |= NWP_TRUNCATED; break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC: own->flaws |= NWP_DAMAGED; break;
    default: own->flaws |= NWP_WARNED;
  }
}

static void on_output(j_common_ptr image) {}

static void on_progress(j_common_ptr image) {
  control *own = (control *)image->err;
  if (own->should_stop(own->context)) leave(own, NWP_STOPPED);
  if (image->is_decompressor && ((j_decompress_ptr)image)->input_scan_number > MAX_SCANS) {
    snprintf(own->message, sizeof own->message, "more than %d scans", MAX_SCANS);
    leave(own, NWP_FAILED);
  }
}

static struct jpeg_error_mgr *prepare(control *control, nwp_should_stop should_stop, void *context) {
  jpeg_std_error(&control->errors);
  control->errors.error_exit = on_error;
  control->errors.emit_message = on_message;
  control->errors.output_message = on_output;
  control->progress.progress_monitor = on_progress;
  control->should_stop = should_stop;
  control->context = context;
  return &control->errors;
}

static int create_reader(nwp_jpeg_reader *reader) {
  if (setjmp(reader->control.entry)) return reader->control.outcome;
  jpeg_create_decompress(&reader->image);
  reader->image.progress = &reader->control.progress;
  return NWP_OK;
}

nwp_jpeg_reader *nwp_jpeg_reader_open(nwp_should_stop should_stop, void *context) {
  nwp_jpeg_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  reader->image.err = prepare(&reader->control, should_stop, context);
  if (create_reader(reader) == NWP_OK) return reader;
  nwp_jpeg_reader_close(reader);
  return NULL;
}

void nwp_jpeg_reader_close(nwp_jpeg_reader *reader) {
  if (reader == NULL) return;
  jpeg_destroy_decompress(&reader->image); /* never fails */
  free(reader);
}

const char *nwp_jpeg_reader_message(const nwp_jpeg_reader *reader) { return reader->control.message; }

int nwp_jpeg_reader_flaws(const nwp_jpeg_reader *reader) { return reader->control.flaws; }

int nwp_jpeg_read_header(nwp_jpeg_reader *reader, const uint8_t *data, size_t length, uint32_t *width, uint32_t *height,
                         int *components, int *is_inverted) {
  struct jpeg_decompress_struct *image = &reader->image;
  if (setjmp(reader->control.entry)) return reader->control.outcome;
  if (length > ULONG_MAX) ERREXIT1(image, JERR_OUT_OF_MEMORY, 0);
  jpeg_mem_src(image, data, (unsigned long)length);
  jpeg_read_header(image, TRUE);
  *width = image->image_width;
  *height = image->image_height;
  *components = image->num_components;
  *is_inverted = image->saw_Adobe_marker;
  return NWP_OK;
}

int nwp_jpeg_start(nwp_jpeg_reader *reader, unsigned denominator, uint32_t *width, uint32_t *height, int *channels) {
  struct jpeg_decompress_struct *image = &reader->image;
  if (setjmp(reader->control.entry)) return reader->control.outcome;
  image->scale_num = 1;
  image->scale_denom = denominator;
  switch (image->jpeg_color_space) {
    case JCS_CMYK:
    case JCS_YCCK: image->out_color_space = JCS_CMYK; break;
    default: image->out_color_space = JCS_RGB;
  }
  jpeg_start_decompress(image);
  *width = image->output_width;
  *height = image->output_height;
  *channels = image->output_components;
  return NWP_OK;
}

int nwp_jpeg_read_rows(nwp_jpeg_reader *reader, uint8_t *out, size_t stride, uint32_t rows, uint32_t *done) {
  JSAMPROW pointers[16];
  uint32_t count = rows < 16 ? rows : 16;
  if (setjmp(reader->control.entry)) return reader->control.outcome;
  for (uint32_t row = 0; row < count; row++) pointers[row] = out + row * stride;
  *done = jpeg_read_scanlines(&reader->image, pointers, count);
  return NWP_OK;
}

/* The writer's output buffer. libjpeg's own memory destination may free a buffer that its caller still points to, so it
 * cannot be abandoned after an error. */

static nwp_jpeg_writer *writer_of(j_compress_ptr image) { return (nwp_jpeg_writer *)image; } /* its first member */

static void start_destination(j_compress_ptr image) {}

static boolean grow_destination(j_compress_ptr image) {
  nwp_jpeg_writer *writer = writer_of(image);
  size_t length = writer->out_capacity; /* libjpeg has filled the whole buffer */
  size_t capacity = length == 0 ? 64 * 1024 : length * 2;
  JOCTET *out = capacity > length ? realloc(writer->out, capacity) : NULL;
  if (out == NULL) ERREXIT1(image, JERR_OUT_OF_MEMORY, 0);
  writer->out = out;
  writer->out_capacity = capacity;
  writer->destination.next_output_byte = out + length;
  writer->destination.free_in_buffer = capacity - length;
  return TRUE;
}

static void end_destination(j_compress_ptr image) {}

static int create_writer(nwp_jpeg_writer *writer) {
  if (setjmp(writer->control.entry)) return writer->control.outcome;
  jpeg_create_compress(&writer->image);
  writer->image.progress = &writer->control.progress;
  return NWP_OK;
}

nwp_jpeg_writer *nwp_jpeg_writer_open(nwp_should_stop should_stop, void *context) {
  nwp_jpeg_writer *writer = calloc(1, sizeof *writer);
  if (writer == NULL) return NULL;
  writer->image.err = prepare(&writer->control, should_stop, context);
  if (create_writer(writer) == NWP_OK) return writer;
  nwp_jpeg_writer_close(writer);
  return NULL;
}

void nwp_jpeg_writer_close(nwp_jpeg_writer *writer) {
  if (writer == NULL) return;
  jpeg_destroy_compress(&writer->image); /* never fails */
  free(writer->out);
  free(writer);
}

const char *nwp_jpeg_writer_message(const nwp_jpeg_writer *writer) { return writer->control.message; }

int nwp_jpeg_start_writing(nwp_jpeg_writer *writer, uint32_t width, uint32_t height, int quality, int is_progressive) {
  struct jpeg_compress_struct *image = &writer->image;
  if (setjmp(writer->control.entry)) return writer->control.outcome;
  writer->destination.init_destination = start_destination;
  writer->destination.empty_output_buffer = grow_destination;
  writer->destination.term_destination = end_destination;
  image->dest = &writer->destination;
  grow_destination(image);
  image->image_width = width;
  image->image_height = height;
  image->input_components = 3;
  image->in_color_space = JCS_RGB;
  /* Disables mozjpeg's slow search for smaller files. */
  jpeg_c_set_int_param(image, JINT_COMPRESS_PROFILE, JCP_FASTEST);
  jpeg_set_defaults(image);
  jpeg_set_quality(image, quality, TRUE);
  image->optimize_coding = TRUE;
  if (is_progressive) jpeg_simple_progression(image);
  jpeg_start_compress(image, TRUE);
  return NWP_OK;
}

int nwp_jpeg_write_rows(nwp_jpeg_writer *writer, const uint8_t *in, size_t stride, uint32_t rows) {
  if (setjmp(writer->control.entry)) return writer->control.outcome;
  for (uint32_t row = 0; row < rows; row++) {
    JSAMPROW pointer = (JSAMPROW)(in + row * stride); /* libjpeg only reads from it */
    jpeg_write_scanlines(&writer->image, &pointer, 1);
  }
  return NWP_OK;
}

int nwp_jpeg_finish(nwp_jpeg_writer *writer, const uint8_t **data, size_t *length) {
  if (setjmp(writer->control.entry)) return writer->control.outcome;
  jpeg_finish_compress(&writer->image);
  *data = writer->out;
  *length = writer->out_capacity - writer->destination.free_in_buffer;
  return NWP_OK;
}
