export default (numbers, { progress }) => {
  progress('adding');
  return numbers.reduce((sum, n) => sum + n, 0);
};
