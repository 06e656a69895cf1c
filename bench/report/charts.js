'use strict';

// Draws the chart of a scenario as SVG: bars of the medians, by Apache ECharts without a browser.

const echarts = require('echarts');
const { readable } = require('./number');
const { summariesOf } = require('./summaries');

const WIDTH = 800;
const ROW = 20;
const HEAD = 64;
const FOOT = 30;
// Of medium lightness, without a background, so that the chart is readable on white and on black.
const INK = '#767f8a';
const GRID = '#767f8a55';
/** By kind of candidate: the colours of the first metric, the second, the third, and the first again. */
const COLORS = {
  ours: ['#e8702a', '#c9872e', '#a8953a'],
  peer: ['#5b8bc9', '#7e9cbf', '#98a8b8'],
  reference: ['#6c9a76', '#86a88d', '#9cb3a1'],
};
const TEXT = { color: INK, fontFamily: 'sans-serif', fontSize: 12 };

/** @param {{ metrics: string[], log: boolean }} chart The metrics to show, and whether the scale is logarithmic. */
function chartOf(scenario, chart) {
  const metrics = chart.metrics.map((key) => scenario.metrics.find((metric) => metric.key === key));
  const rows = rowsOf(summariesOf(scenario), metrics);
  const drawing = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: HEAD + rows.length * ROW + FOOT,
  });
  drawing.setOption(optionsOf(scenario.title, metrics, rows, chart.log));
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return svg;
}

/**
 * Makes a row for each bar. If candidates can have several bars, an empty row separates the candidates.
 * @returns {{ name: string, bar?: { value: number, label: string, color: string } }[]}
 */
function rowsOf(summaries, metrics) {
  const groups = summaries.map(({ candidate, kind, metrics: found }) => {
    const bars = metrics.flatMap(({ key, title }, i) => {
      if (found[key] === undefined) return [];
      const { median: value, isMoreThan } = found[key];
      const text = `${isMoreThan ? 'more than ' : ''}${readable(value)}`;
      const label = metrics.length === 1 ? text : `${text}  (${title})`;
      return [{ value, label, color: COLORS[kind][i % COLORS[kind].length] }];
    });
    return bars.map((bar, i) => ({ name: i === 0 ? candidate : '', bar }));
  });
  const between = metrics.length === 1 ? [] : [{ name: '' }];
  return groups.filter((group) => group.length > 0).flatMap((group, i) => (i === 0 ? group : [...between, ...group]));
}

function optionsOf(title, metrics, rows, log) {
  const [{ unit, better }] = metrics;
  const what = metrics.length === 1 ? `${metrics[0].title}, ` : '';
  return {
    animation: false,
    title: {
      text: title,
      subtext: `${what}${unit}, ${better} is better; medians${log ? ', logarithmic scale' : ''}`,
      top: 0,
      left: 0,
      textStyle: { ...TEXT, fontSize: 15 },
      subtextStyle: TEXT,
    },
    grid: { left: 150, right: 150, top: HEAD, bottom: FOOT },
    xAxis: {
      type: log ? 'log' : 'value',
      min: log ? floorOf(rows) : 0,
      axisLabel: { ...TEXT, formatter: readable },
      splitLine: { lineStyle: { color: GRID } },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => name),
      axisLabel: { ...TEXT, interval: 0 },
      axisLine: { lineStyle: { color: INK } },
      axisTick: { show: false },
    },
    series: {
      type: 'bar',
      silent: true,
      barWidth: ROW - 4,
      data: rows.map(({ bar }) => bar && { value: bar.value, itemStyle: { color: bar.color } }),
      label: { ...TEXT, show: true, position: 'right', formatter: ({ dataIndex }) => rows[dataIndex].bar?.label ?? '' },
    },
  };
}

/** A power of ten below all values, where bars start: a logarithmic axis has no zero. */
function floorOf(rows) {
  const least = Math.min(...rows.flatMap(({ bar }) => (bar === undefined ? [] : [bar.value])));
  return 10 ** (Math.ceil(Math.log10(least)) - 1);
}

module.exports = { chartOf };
