/* Products of a few rows with a large matrix of 16-bit or 4-bit weights, for CPUs with AVX-512; called by kernel.py.
 *
 * The matrix lies in panels of 32 columns in the order in which they are read: along the inner dimension, two vectors of
 * 16 columns at a time. Every weight is read once for up to ROWS rows and made fp32 in a register, so that memory is the
 * limit. A sum is fp32, runs along the inner dimension in order whatever the number of rows, and is rounded once.
 */
#include <immintrin.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 12
#define BLOCK 256 /* columns of an adapter whose sums stay in the cache */
#define AHEAD 4096 /* bytes, mostly of the next panel; a prefetch beyond the last one does nothing */

typedef struct {
  const uint32_t *words; /* bf16: (panels, inner, 16), columns j and j + 16. NF4: (panels, inner / 4, 16), nibbles likewise */
  const float *scales;   /* NF4: (panels, inner / block, 32). bf16: NULL */
  const float *code;     /* NF4: its 16 values */
  const float *bias;     /* (outer), or NULL */
  int64_t inner, outer, block;
} matrix;

/* Sums of N rows with one panel, kept in registers: x is (inner, N), sums (N, 32). */
#define BEGIN(N)         \
  __m512 low[N], high[N]; \
  for (int n = 0; n < N; n++) low[n] = high[n] = _mm512_setzero_ps();

#define ADD(N)                                           \
  _Pragma("GCC unroll 16") for (int n = 0; n < N; n++) { \
    const __m512 value = _mm512_set1_ps(*x++);           \
    low[n] = _mm512_fmadd_ps(value, left, low[n]);       \
    high[n] = _mm512_fmadd_ps(value, right, high[n]);    \
  }

#define END(N)                                   \
  for (int n = 0; n < N; n++) {                  \
    _mm512_storeu_ps(sums + 32 * n, low[n]);     \
    _mm512_storeu_ps(sums + 32 * n + 16, high[n]); \
  }

/* Calls BODY with ``left`` and ``right``, the 16 weights of either vector, for every step along the inner dimension. */
#define OVER_BF16(BODY)                                                                                 \
  const uint32_t *words = m->words + panel * m->inner * 16;                                             \
  for (int64_t k = 0; k < m->inner; k++, words += 16) {                                                 \
    const __m512i both = _mm512_loadu_si512(words);                                                     \
    _mm_prefetch((const char *)words + AHEAD, _MM_HINT_T0);                                             \
    const __m512 left = _mm512_castsi512_ps(_mm512_slli_epi32(both, 16));                               \
    const __m512 right = _mm512_castsi512_ps(_mm512_and_si512(both, _mm512_set1_epi32(0xffff0000)));    \
    BODY                                                                                                \
  }

#define OVER_NF4(BODY)                                                                                  \
  const uint32_t *words = m->words + panel * (m->inner / 4) * 16;                                       \
  const float *scales = m->scales + panel * (m->inner / m->block) * 32;                                 \
  const __m512 code = _mm512_loadu_ps(m->code);                                                         \
  for (int64_t k = 0; k < m->inner; scales += 32) {                                                     \
    const __m512 scale = _mm512_loadu_ps(scales), other = _mm512_loadu_ps(scales + 16);                 \
    for (const int64_t end = k + m->block; k < end; k += 4, words += 16) {                              \
      __m512i nibbles = _mm512_loadu_si512(words);                                                      \
      _mm_prefetch((const char *)words + AHEAD, _MM_HINT_T0);                                           \
      _Pragma("GCC unroll 4") for (int step = 0; step < 4; step++) {                                    \
        const __m512 left = _mm512_mul_ps(_mm512_permutexvar_ps(nibbles, code), scale);                 \
        nibbles = _mm512_srli_epi32(nibbles, 4);                                                        \
        const __m512 right = _mm512_mul_ps(_mm512_permutexvar_ps(nibbles, code), other);                \
        nibbles = _mm512_srli_epi32(nibbles, 4);                                                        \
        BODY                                                                                            \
      }                                                                                                 \
    }                                                                                                   \
  }

#define TILES(N)                                                                           \
  static void bf16_##N(const matrix *m, int64_t panel, const float *x, float *sums) {      \
    BEGIN(N) OVER_BF16(ADD(N)) END(N)                                                      \
  }                                                                                        \
  static void nf4_##N(const matrix *m, int64_t panel, const float *x, float *sums) {       \
    BEGIN(N) OVER_NF4(ADD(N)) END(N)                                                       \
  }                                                                                        \
  static void fp32_##N(const float *w, int64_t inner, const float *x, float *sums) {       \
    BEGIN(N)                                                                               \
    for (int64_t k = 0; k < inner; k++, w += 32) {                                         \
      const __m512 left = _mm512_load_ps(w), right = _mm512_load_ps(w + 16);               \
      ADD(N)                                                                               \
    }                                                                                      \
    END(N)                                                                                 \
  }

TILES(1) TILES(2) TILES(3) TILES(4) TILES(5) TILES(6) TILES(7) TILES(8) TILES(9) TILES(10) TILES(11) TILES(12)

#define EACH(KIND)                                                                                                   \
  {KIND##_1, KIND##_2, KIND##_3, KIND##_4, KIND##_5, KIND##_6, KIND##_7, KIND##_8, KIND##_9, KIND##_10, KIND##_11, KIND##_12}
typedef void tile(const matrix *, int64_t, const float *, float *);
typedef void wide_tile(const float *, int64_t, const float *, float *);
static tile *const bf16_tiles[] = EACH(bf16), *const nf4_tiles[] = EACH(nf4);
static wide_tile *const fp32_tiles[] = EACH(fp32);

/* Write a panel of 4-bit weights as (inner, 32) floats, for many rows; ``to`` begins at a multiple of 64 bytes. */
static void widen(const matrix *m, int64_t panel, float *to) {
  OVER_NF4(_mm512_store_ps(to, left); _mm512_store_ps(to + 16, right); to += 32;)
}

static float from_bf16(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &word, 4);
  return value;
}

/* Nearest, ties to even; what is no number stays none. */
static uint16_t to_bf16(float value) {
  uint32_t word;
  memcpy(&word, &value, 4);
  if (value != value) return (uint16_t)(word >> 16 | 0x40);
  return (uint16_t)((word + 0x7fff + (word >> 16 & 1)) >> 16);
}

/* y (rows, outer) = x (rows, inner) times the matrix, plus bias; both bf16. Returns 0, or -1 where memory is short. */
int product(const matrix *m, const uint16_t *x, uint16_t *y, int64_t rows, int threads) {
  const int64_t parts = (rows + ROWS - 1) / ROWS, panels = (m->outer + 31) / 32;
  const int is_wide = m->scales && parts > 2; /* then making every weight fp32 anew for each part costs more */
  float *turned = malloc(rows * m->inner * sizeof(float)); /* by part: (inner, rows of the part) */
  float *wide = is_wide ? aligned_alloc(64, threads * m->inner * 32 * sizeof(float)) : NULL; /* by thread: (inner, 32) */
  if (!turned || (is_wide && !wide)) {
    free(turned);
    free(wide);
    return -1;
  }
  for (int64_t part = 0; part < parts; part++) {
    const int64_t first = rows * part / parts, count = rows * (part + 1) / parts - first;
    float *to = turned + first * m->inner;
    for (int64_t n = 0; n < count; n++)
      for (int64_t k = 0; k < m->inner; k++) to[k * count + n] = from_bf16(x[(first + n) * m->inner + k]);
  }
#pragma omp parallel for num_threads(threads) if (threads > 1) schedule(static)
  for (int64_t panel = 0; panel < panels; panel++) {
    const int64_t begin = panel * 32, width = m->outer - begin < 32 ? m->outer - begin : 32;
    float *own = is_wide ? wide + omp_get_thread_num() * m->inner * 32 : NULL;
    if (is_wide) widen(m, panel, own);
    for (int64_t part = 0; part < parts; part++) {
      const int64_t first = rows * part / parts, count = rows * (part + 1) / parts - first;
      const float *from = turned + first * m->inner;
      float sums[ROWS * 32];
      if (is_wide) fp32_tiles[count - 1](own, m->inner, from, sums);
      else (m->scales ? nf4_tiles : bf16_tiles)[count - 1](m, panel, from, sums);
      for (int64_t n = 0; n < count; n++)
        for (int64_t j = 0; j < width; j++)
          y[(first + n) * m->outer + begin + j] = to_bf16(sums[n * 32 + j] + (m->bias ? m->bias[begin + j] : 0));
    }
  }
  free(turned);
  free(wide);
  return 0;
}

/* y (rows, outer), its rows ``stride`` apart, += ((x downᵀ) · strength, 0 where hidden) up; x (rows, inner) and y bf16,
 * down (ranks, inner) and up (ranks, outer) fp32. hidden: (rows, ranks), or NULL. strength: (rows), or NULL. Ranks come in
 * fours that are hidden or not together. Returns 0, or -1 where memory is short. */
int add_low_rank(const uint16_t *x, uint16_t *y, const float *down, const float *up, const uint8_t *hidden,
                 const float *strength, int64_t rows, int64_t inner, int64_t outer, int64_t stride, int64_t ranks,
                 int threads) {
  int is_short = 0;
#pragma omp parallel for num_threads(threads) if (threads > 1 && rows > 1) schedule(static) reduction(| : is_short)
  for (int64_t n = 0; n < rows; n++) {
    float *line = malloc((inner + ranks) * sizeof(float)), *reduced = line + inner;
    if (!line) {
      is_short = 1;
      continue;
    }
    for (int64_t k = 0; k < inner; k++) line[k] = from_bf16(x[n * inner + k]);
    for (int64_t r = 0; r < ranks; r += 4) {
      const float *a = down + r * inner, *b = a + inner, *c = b + inner, *d = c + inner;
      float p = 0, q = 0, s = 0, t = 0;
      if (!hidden || !hidden[n * ranks + r])
#pragma omp simd reduction(+ : p, q, s, t)
        for (int64_t k = 0; k < inner; k++) p += line[k] * a[k], q += line[k] * b[k], s += line[k] * c[k], t += line[k] * d[k];
      const float by = strength ? strength[n] : 1;
      reduced[r] = p * by, reduced[r + 1] = q * by, reduced[r + 2] = s * by, reduced[r + 3] = t * by;
    }
    uint16_t *to = y + n * stride;
    for (int64_t j = 0; j < outer; j += BLOCK) {
      const int64_t width = outer - j < BLOCK ? outer - j : BLOCK;
      float sums[BLOCK] = {0};
      for (int64_t r = 0; r < ranks; r += 4) {
        const float *a = up + r * outer + j, *b = a + outer, *c = b + outer, *d = c + outer, *by = reduced + r;
        if (!hidden || !hidden[n * ranks + r])
          for (int64_t i = 0; i < width; i++) sums[i] += by[0] * a[i] + by[1] * b[i] + by[2] * c[i] + by[3] * d[i];
      }
      for (int64_t i = 0; i < width; i++) to[j + i] = to_bf16(from_bf16(to[j + i]) + sums[i]);
    }
    free(line);
  }
  return -is_short;
}
