export default { test: { include: ['suites/vitest.mjs'], testTimeout: 60_000 } };
