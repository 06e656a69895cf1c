/*
 * The recursion of worker.js in C, to measure the speed of compiled code.
 *
 *     fib N        prints fib(N) and its time in milliseconds, without the start of the process
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned long long fib(unsigned n) {
  return n <= 1 ? n : fib(n - 1) + fib(n - 2);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  unsigned n = (unsigned)strtoul(argv[1], NULL, 10);
  double start = now();
  unsigned long long result = fib(n);
  printf("%llu %f\n", result, now() - start);
  return 0;
}
