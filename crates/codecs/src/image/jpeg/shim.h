/* What the Rust side calls. Its declarations are in ffi.rs, which must be the same. */

#ifndef NWP_JPEG_H
#define NWP_JPEG_H

#include <stddef.h>
#include <stdint.h>

/* Called about once in a row of blocks. Returns whether to stop. It must return: no panic, no longjmp. */
typedef int (*nwp_should_stop)(void *context);

enum { NWP_OK = 0, NWP_FAILED = 1, NWP_STOPPED = 2 };

/* What is wrong with an image that could be decoded nevertheless. */
enum { NWP_TRUNCATED = 1, NWP_DAMAGED = 2, NWP_WARNED = 4 };

typedef struct nwp_jpeg_reader nwp_jpeg_reader;
typedef struct nwp_jpeg_writer nwp_jpeg_writer;

/* NULL if there is no memory. `should_stop` is called with `context` until the reader is closed. */
nwp_jpeg_reader *nwp_jpeg_reader_open(nwp_should_stop should_stop, void *context);
/* Frees the reader. It may have failed before. */
void nwp_jpeg_reader_close(nwp_jpeg_reader *reader);
/* The message of the last error, within the reader. */
const char *nwp_jpeg_reader_message(const nwp_jpeg_reader *reader);
/* NWP_TRUNCATED and the like, of what was read so far. */
int nwp_jpeg_reader_flaws(const nwp_jpeg_reader *reader);

/* Reads the header of `data`, which must stay until the reader is closed. `components` is 1, 3 or 4;
 * `is_inverted` tells whether a CMYK image has Adobe's inverted colours. */
int nwp_jpeg_read_header(nwp_jpeg_reader *reader, const uint8_t *data, size_t length, uint32_t *width, uint32_t *height,
                         int *components, int *is_inverted);
/* Starts decoding at 1/`denominator` of the size: 1, 2, 4 or 8. Rows have `channels` bytes a pixel: 3 (RGB) or 4 (CMYK). */
int nwp_jpeg_start(nwp_jpeg_reader *reader, unsigned denominator, uint32_t *width, uint32_t *height, int *channels);
/* Decodes the next rows into `out`, `stride` bytes apart, at most `rows` of them and at least one. */
int nwp_jpeg_read_rows(nwp_jpeg_reader *reader, uint8_t *out, size_t stride, uint32_t rows, uint32_t *done);

/* NULL if there is no memory. */
nwp_jpeg_writer *nwp_jpeg_writer_open(nwp_should_stop should_stop, void *context);
void nwp_jpeg_writer_close(nwp_jpeg_writer *writer);
const char *nwp_jpeg_writer_message(const nwp_jpeg_writer *writer);
/* Starts an image of RGB pixels, subsampled 4:2:0, with optimized Huffman tables. `quality` is 1 to 100. */
int nwp_jpeg_start_writing(nwp_jpeg_writer *writer, uint32_t width, uint32_t height, int quality, int is_progressive);
int nwp_jpeg_write_rows(nwp_jpeg_writer *writer, const uint8_t *in, size_t stride, uint32_t rows);
/* Ends the image. `data` is valid until the writer is closed. */
int nwp_jpeg_finish(nwp_jpeg_writer *writer, const uint8_t **data, size_t *length);

#endif
