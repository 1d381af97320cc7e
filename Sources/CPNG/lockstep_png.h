// libpng for the Swift module `Images`, its one importer.
//
// The library reports errors by a call that must not return, which only `setjmp` can make an ordinary result, and
// Swift frames must not be jumped over: what is called from Swift is therefore a whole image in one call.

#ifndef LOCKSTEP_PNG_H
#define LOCKSTEP_PNG_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

// The bytes of the longest message, with the zero at its end.
enum { lockstep_png_message_size = 200 };

// The version that is linked, as 10000 major + 100 minor + release.
static inline uint32_t lockstep_png_version(void) { return png_access_version_number(); }

struct lockstep_png_state {
  jmp_buf caller;
  char *message;
  // Reading: what is left of the file.
  const uint8_t *next;
  size_t left;
  // Writing: what there is of it.
  uint8_t *bytes;
  size_t count, capacity;
};

static inline void lockstep_png_fail(png_structp png, png_const_charp text) {
  struct lockstep_png_state *state = (struct lockstep_png_state *)png_get_error_ptr(png);
  snprintf(state->message, lockstep_png_message_size, "%s", text);
  longjmp(state->caller, 1);
}

// Warnings are about chunks that no pixel depends on.
static inline void lockstep_png_ignore(png_structp png, png_const_charp text) {}

static inline void lockstep_png_take(png_structp png, png_bytep bytes, size_t count) {
  struct lockstep_png_state *state = (struct lockstep_png_state *)png_get_io_ptr(png);
  if (count > state->left) lockstep_png_fail(png, "ends early");
  memcpy(bytes, state->next, count);
  state->next += count;
  state->left -= count;
}

static inline void lockstep_png_append(png_structp png, png_bytep bytes, size_t count) {
  struct lockstep_png_state *state = (struct lockstep_png_state *)png_get_io_ptr(png);
  if (state->count + count > state->capacity) {
    size_t capacity = 2 * (state->count + count);
    uint8_t *larger = (uint8_t *)realloc(state->bytes, capacity);
    if (!larger) lockstep_png_fail(png, "out of memory");
    state->bytes = larger;
    state->capacity = capacity;
  }
  memcpy(state->bytes + state->count, bytes, count);
  state->count += count;
}

static inline void lockstep_png_flush(png_structp png) {}

// Reads an image of a known size: [height, width, channels] bytes, of 1 channel if it is gray and else of 3.
//
// Palettes are looked up, alpha is left out and not multiplied, gray of 1, 2 or 4 bits is spread over 0 to 255, and of 16 bits
// the upper 8 are taken; nothing is done about gamma and color profiles.
//
// Returns 0, or 1 with the library's words in `message`.
__attribute__((noinline, unused)) static int lockstep_png_read(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, int channels, uint8_t *pixels,
    char *message) {
  struct lockstep_png_state state;
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  png_bytep *volatile rows = NULL;
  memset(&state, 0, sizeof state);
  state.message = message;
  state.next = bytes;
  state.left = count;
  message[0] = 0;
  if (setjmp(state.caller)) {
    png_destroy_read_struct((png_structpp)&png, (png_infopp)&info, NULL);
    free((void *)rows);
    return 1;
  }
  png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, lockstep_png_fail, lockstep_png_ignore);
  if (png) info = png_create_info_struct(png);
  if (!png || !info) {
    png_destroy_read_struct((png_structpp)&png, (png_infopp)&info, NULL);
    snprintf(message, lockstep_png_message_size, "out of memory");
    return 1;
  }
  png_set_user_limits(png, width, height);
  png_set_read_fn(png, &state, lockstep_png_take);
  png_read_info(png, info);
  int type = png_get_color_type(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height ||
      (type & PNG_COLOR_MASK_COLOR ? 3 : 1) != channels)
    lockstep_png_fail(png, "has two headers");
  png_set_strip_16(png);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != (size_t)width * channels) lockstep_png_fail(png, "is of an unknown kind");
  rows = (png_bytep *)malloc(height * sizeof *rows);
  if (!rows) lockstep_png_fail(png, "out of memory");
  for (uint32_t row = 0; row < height; row++) rows[row] = pixels + (size_t)row * width * channels;
  png_read_image(png, rows);
  png_read_end(png, NULL);
  png_destroy_read_struct((png_structpp)&png, (png_infopp)&info, NULL);
  free((void *)rows);
  return 0;
}

// Writes an image of [height, width, channels] bytes as a PNG file; 1 channel is gray, 2 gray and alpha, 3 red, green and
// blue, 4 the same and alpha.
//
// Returns 0 with the file in `*bytes`, to be given back by `free`, or 1 with the library's words in `message`.
__attribute__((noinline, unused)) static int lockstep_png_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **bytes, size_t *count,
    char *message) {
  static const int types[] = {
      PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  struct lockstep_png_state state;
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  memset(&state, 0, sizeof state);
  state.message = message;
  message[0] = 0;
  if (setjmp(state.caller)) {
    png_destroy_write_struct((png_structpp)&png, (png_infopp)&info);
    free(state.bytes);
    return 1;
  }
  png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, lockstep_png_fail, lockstep_png_ignore);
  if (png) info = png_create_info_struct(png);
  if (!png || !info) {
    png_destroy_write_struct((png_structpp)&png, (png_infopp)&info);
    snprintf(message, lockstep_png_message_size, "out of memory");
    return 1;
  }
  png_set_write_fn(png, &state, lockstep_png_append, lockstep_png_flush);
  png_set_IHDR(
      png, info, width, height, 8, types[channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
      PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (uint32_t row = 0; row < height; row++)
    png_write_row(png, pixels + (size_t)row * width * channels);
  png_write_end(png, NULL);
  png_destroy_write_struct((png_structpp)&png, (png_infopp)&info);
  *bytes = state.bytes;
  *count = state.count;
  return 0;
}

#endif
