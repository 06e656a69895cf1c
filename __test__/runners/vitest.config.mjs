export default { test: { include: ['suites/vitest.mjs'] } };
