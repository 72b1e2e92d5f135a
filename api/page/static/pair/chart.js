/* Past orders as bars over time; at the end the prediction, and its range as a line. */

import { library } from "../shared/libraries.js";
import { cases, shortDate } from "../shared/words.js";

const DAY_MS = 86_400_000;
const HEIGHT = 260;
const LABEL_WIDTH = 90;
const LONG_GAP = 0.25;
/* A prediction further from the last order than this share of the orders' span is moved closer. */

const dayOf = (date) => Date.parse(date) / DAY_MS;
const dateOf = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export class OrderChart {
  #plot = null;
  #place;
  #pointed;
  #question;
  #uPlot;
  #days;
  #at;
  #watch;
  #isDark = matchMedia("(prefers-color-scheme: dark)");
  #redraw = () => this.#draw();

  /** Draws orders and prediction in a place; what is pointed at is told in words in another. */
  static async draw(place, pointed, question) {
    return new OrderChart(await library("uPlot"), place, pointed, question);
  }

  constructor(uPlot, place, pointed, question) {
    this.#uPlot = uPlot;
    this.#place = place;
    this.#pointed = pointed;
    this.#question = question;
    this.#days = question.orders.map((order) => dayOf(order.date));
    this.#at = this.#placeOfPrediction();
    this.#draw();
    this.#isDark.addEventListener("change", this.#redraw);
    this.#watch = new ResizeObserver(() => this.#plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    this.#watch.observe(place);
  }

  destroy() {
    this.#watch.disconnect();
    this.#isDark.removeEventListener("change", this.#redraw);
    this.#plot.destroy();
  }

  #placeOfPrediction() {
    const last = this.#days.at(-1);
    const span = Math.max(last - this.#days[0], 7);
    return Math.min(dayOf(this.#question.date), last + Math.ceil(LONG_GAP * span));
  }

  #draw() {
    this.#plot?.destroy();
    const { orders } = this.#question;
    const rows = orders.map((order, at) => [this.#days[at], order.quantity]);
    rows.push([this.#at, null]);
    rows.sort(([a], [b]) => a - b);
    const data = [rows.map(([day]) => day), rows.map(([, quantity]) => quantity)];
    this.#plot = new this.#uPlot(this.#options(rows), data, this.#place);
    this.#tell(null);
  }

  #options(rows) {
    const { orders, item } = this.#question;
    const most = Math.max(item.high, ...orders.map((order) => order.quantity));
    const [first, last] = [rows[0][0], rows.at(-1)[0]];
    const margin = Math.max((last - first) * 0.04, 1);
    const axis = { stroke: colour("quiet"), ticks: { stroke: colour("line") }, font: "12px system-ui, sans-serif" };
    return {
      width: this.#place.clientWidth,
      height: HEIGHT,
      padding: [null, 36, null, null],
      legend: { show: false },
      scales: { x: { time: false, range: [first - margin, last + margin] }, y: { range: [0, most * 1.08] } },
      axes: [
        { ...axis, grid: { show: false }, splits: (plot) => this.#ticks(plot), values: (_, days) => days.map((day) => this.#label(day)) },
        { ...axis, grid: { stroke: colour("line"), width: 1 }, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] },
      ],
      series: [{}, { fill: colour("ordered"), width: 0, points: { show: false }, paths: this.#uPlot.paths.bars({ size: [0.7, 14, 2] }) }],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      hooks: {
        draw: [(plot) => this.#drawPrediction(plot)],
        setCursor: [(plot) => this.#tell(plot.cursor.left < 0 ? null : plot.data[0][plot.cursor.idx])],
      },
    };
  }

  /** Days with a label: the prediction's, and as many before it as there is room for. */
  #ticks(plot) {
    const { min, max } = plot.scales.x;
    const step = LABEL_WIDTH * (max - min) / (plot.bbox.width / devicePixelRatio);
    const first = this.#days[0];
    const [low, high] = [Math.min(first, this.#at), Math.max(this.#days.at(-1), this.#at)];
    const room = Math.max(1, Math.floor((high - low) / step));
    const ticks = Array.from({ length: room + 1 }, (_, at) => Math.round(low + at * (high - low) / room));
    return ticks.filter((day) => day === this.#at || Math.abs(day - this.#at) >= step * 0.9).concat(ticks.includes(this.#at) ? [] : [this.#at]).sort((a, b) => a - b);
  }

  #label(day) {
    return shortDate(day === this.#at ? this.#question.date : dateOf(day));
  }

  #drawPrediction(plot) {
    const { quantity, low, high } = this.#question.item;
    const x = Math.round(plot.valToPos(this.#at, "x", true));
    const y = (value) => plot.valToPos(value, "y", true);
    const unit = devicePixelRatio;
    const pen = plot.ctx;
    pen.save();
    pen.strokeStyle = pen.fillStyle = colour("predicted");
    pen.lineWidth = 3 * unit;
    pen.beginPath();
    pen.moveTo(x, y(low));
    pen.lineTo(x, y(high));
    for (const end of [low, high]) {
      pen.moveTo(x - 6 * unit, y(end));
      pen.lineTo(x + 6 * unit, y(end));
    }
    pen.stroke();
    pen.beginPath();
    for (const [right, down] of [[0, -8], [8, 0], [0, 8], [-8, 0]]) pen.lineTo(x + right * unit, y(quantity) + down * unit);
    pen.fill();
    pen.restore();
  }

  #tell(day) {
    this.#pointed.textContent = day === null || day === undefined ? this.#gapInWords() : this.#dayInWords(day);
  }

  #dayInWords(day) {
    const order = this.#question.orders[this.#days.indexOf(day)];
    if (order) return `${shortDate(order.date)}: ${cases(order.quantity)} ordered`;
    return `${shortDate(this.#question.date)}: ${cases(this.#question.item.quantity)} expected`;
  }

  #gapInWords() {
    return this.#at < dayOf(this.#question.date) ? "The time between the last order and the order date is shortened." : "";
  }
}
