/* The functions that Rust calls. ffi.rs must declare the same ones. */

#ifndef NWP_JPEG_H
#define NWP_JPEG_H

#include <stddef.h>
#include <stdint.h>

/* Called about once per row of blocks. Returns nonzero to stop. It must return normally: no panic, no longjmp. */
typedef int (*nwp_should_stop)(void *context);

enum { NWP_OK = 0, NWP_FAILED = 1, NWP_STOPPED = 2 };

/* Flaws of an image that could be decoded nevertheless; a bit set. */
enum { NWP_TRUNCATED = 1, NWP_DAMAGED = 2, NWP_WARNED = 4 };

typedef struct nwp_jpeg_reader nwp_jpeg_reader;
typedef struct nwp_jpeg_writer nwp_jpeg_writer;

/* Returns NULL if an allocation fails. `should_stop` may be called with `context` until the reader is closed. */
nwp_jpeg_reader *nwp_jpeg_reader_open(nwp_should_stop should_stop, void *context);
/* Frees the reader, whether or not an earlier call failed. */
void nwp_jpeg_reader_close(nwp_jpeg_reader *reader);
/* The message of the last error, or of the first flaw. The reader owns it. */
const char *nwp_jpeg_reader_message(const nwp_jpeg_reader *reader);
/* The flaws found so far (NWP_TRUNCATED and so on). */
int nwp_jpeg_reader_flaws(const nwp_jpeg_reader *reader);

/* Reads the header of `data`, which must stay valid until the reader is closed. Sets `components` to 1, 3 or 4, and
 * `is_inverted` to nonzero if a CMYK image has Adobe's inverted colours. */
int nwp_jpeg_read_header(nwp_jpeg_reader *reader, const uint8_t *data, size_t length, uint32_t *width, uint32_t *height,
                         int *components, int *is_inverted);
/* Starts decoding at 1/`denominator` of the size; `denominator` is 1, 2, 4 or 8. Sets `channels` to the number of bytes
 * per pixel: 3 (RGB) or 4 (CMYK). */
int nwp_jpeg_start(nwp_jpeg_reader *reader, unsigned denominator, uint32_t *width, uint32_t *height, int *channels);
/* Decodes the next rows into `out`, `stride` bytes apart. Sets `done` to the number of rows: at least 1, at most
 * `rows`. */
int nwp_jpeg_read_rows(nwp_jpeg_reader *reader, uint8_t *out, size_t stride, uint32_t rows, uint32_t *done);

/* Returns NULL if an allocation fails. `should_stop` may be called with `context` until the writer is closed. */
nwp_jpeg_writer *nwp_jpeg_writer_open(nwp_should_stop should_stop, void *context);
void nwp_jpeg_writer_close(nwp_jpeg_writer *writer);
const char *nwp_jpeg_writer_message(const nwp_jpeg_writer *writer);
/* Starts an image of RGB pixels with 4:2:0 subsampling and optimized Huffman tables. `quality` is 1 to 100. */
int nwp_jpeg_start_writing(nwp_jpeg_writer *writer, uint32_t width, uint32_t height, int quality, int is_progressive);
int nwp_jpeg_write_rows(nwp_jpeg_writer *writer, const uint8_t *in, size_t stride, uint32_t rows);
/* Completes the image. `data` stays valid until the writer is closed. */
int nwp_jpeg_finish(nwp_jpeg_writer *writer, const uint8_t **data, size_t *length);

#endif
