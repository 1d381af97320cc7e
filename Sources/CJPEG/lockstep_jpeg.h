// libjpeg-turbo for the Swift module `Images`, its one importer.
//
// The library reports errors by a call that must not return, which only `setjmp` can make an ordinary result, and
// Swift frames must not be jumped over: what is called from Swift is therefore a whole image in one call.

#ifndef LOCKSTEP_JPEG_H
#define LOCKSTEP_JPEG_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

// The version that was compiled against.
#define LOCKSTEP_JPEG_TEXT_OF(value) #value
#define LOCKSTEP_JPEG_TEXT(value) LOCKSTEP_JPEG_TEXT_OF(value)
static inline const char *lockstep_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return "libjpeg-turbo " LOCKSTEP_JPEG_TEXT(LIBJPEG_TURBO_VERSION);
#else
  return "libjpeg " LOCKSTEP_JPEG_TEXT(JPEG_LIB_VERSION);
#endif
}

// The bytes of the longest message, with the zero at its end.
enum { lockstep_jpeg_message_size = JMSG_LENGTH_MAX };

// More scans than any encoder writes: a small file can announce very many, each as slow as a whole image.
enum { lockstep_jpeg_most_scans = 1000 };

struct lockstep_jpeg_errors {
  struct jpeg_error_mgr base;
  jmp_buf caller;
  char *message;
};

static inline void lockstep_jpeg_fail(j_common_ptr info) {
  struct lockstep_jpeg_errors *errors = (struct lockstep_jpeg_errors *)info->err;
  errors->base.format_message(info, errors->message);
  longjmp(errors->caller, 1);
}

// Warnings after which pixels are made up are errors; those about bytes that no pixel depends on are not.
static inline void lockstep_jpeg_note(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
  case JWRN_JPEG_EOF:
  case JWRN_HIT_MARKER:
  case JWRN_HUFF_BAD_CODE:
  case JWRN_ARITH_BAD_CODE:
  case JWRN_MUST_RESYNC:
  case JWRN_BOGUS_PROGRESSION:
    lockstep_jpeg_fail(info);
  }
}

static inline void lockstep_jpeg_watch(j_common_ptr info) {
  struct lockstep_jpeg_errors *errors = (struct lockstep_jpeg_errors *)info->err;
  if (((j_decompress_ptr)info)->input_scan_number <= lockstep_jpeg_most_scans) return;
  snprintf(errors->message, lockstep_jpeg_message_size, "more than %d scans", (int)lockstep_jpeg_most_scans);
  longjmp(errors->caller, 1);
}

// What the header tells.
struct lockstep_jpeg_header {
  uint32_t width, height;
  // The components of a stored pixel: 1 gray, 3 color, 4 CMYK or YCCK.
  int components;
};

// Reads the header, and with `pixels` the image: [height, width, components] bytes of 1 or 3 components, gray or red,
// green and blue. The discrete cosine transform and the upsampling are the library's defaults, which Pillow takes, too.
//
// Returns 0, or 1 with the library's words in `message`.
__attribute__((noinline, unused)) static int lockstep_jpeg_read(
    const uint8_t *bytes, size_t count, struct lockstep_jpeg_header *header, uint8_t *pixels, char *message) {
  struct jpeg_decompress_struct info;
  struct lockstep_jpeg_errors errors;
  struct jpeg_progress_mgr progress;
  memset(&info, 0, sizeof info);
  memset(&progress, 0, sizeof progress);
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = lockstep_jpeg_fail;
  errors.base.emit_message = lockstep_jpeg_note;
  errors.message = message;
  message[0] = 0;
  if (setjmp(errors.caller)) {
    jpeg_destroy_decompress(&info);
    return 1;
  }
  jpeg_create_decompress(&info);
  progress.progress_monitor = lockstep_jpeg_watch;
  info.progress = &progress;
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  header->width = info.image_width;
  header->height = info.image_height;
  header->components = info.num_components;
  if (pixels) {
    info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&info);
    size_t row_size = (size_t)info.output_width * info.output_components;
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = pixels + row_size * info.output_scanline;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return 0;
}

// Writes an image of [height, width, components] bytes as a JPEG file; 1 component is gray, 3 are red, green and blue.
//
// Returns 0 with the file in `*bytes`, to be given back by `free`, or 1 with the library's words in `message`.
__attribute__((noinline, unused)) static int lockstep_jpeg_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int components, int quality, uint8_t **bytes,
    size_t *count, char *message) {
  struct jpeg_compress_struct info;
  struct lockstep_jpeg_errors errors;
  unsigned char *volatile memory = NULL;
  unsigned long size = 0;
  memset(&info, 0, sizeof info);
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = lockstep_jpeg_fail;
  errors.message = message;
  message[0] = 0;
  if (setjmp(errors.caller)) {
    jpeg_destroy_compress(&info);
    free(memory);
    return 1;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, (unsigned char **)&memory, &size);
  info.image_width = width;
  info.image_height = height;
  info.input_components = components;
  info.in_color_space = components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * width * components);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *bytes = memory;
  *count = size;
  return 0;
}

#endif
