/*
 * Small plots of the last minutes. They stretch to the room they are given; their lines do not.
 */
import { el, setText, svg } from "./dom.js";
import { WINDOW_MS } from "./history.js";
import { rate } from "./format.js";

const WIDTH = 300;
const HEIGHT = 40;

function canvas(...children) {
	return svg(
		"svg",
		{ viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
		...children,
	);
}

/** The points of one field as a path, from the left to the right. */
function pathOf(samples, field, now, top) {
	const points = samples.map((sample) => {
		const x = WIDTH * (1 - (now - sample.time) / WINDOW_MS);
		const y = HEIGHT - 1 - (sample[field] / top) * (HEIGHT - 3);
		return `${x.toFixed(1)} ${y.toFixed(1)}`;
	});
	return points.length < 2 ? "" : `M${points.join("L")}`;
}

function areaOf(path, samples, now) {
	if (path === "") {
		return "";
	}
	const start = WIDTH * (1 - (now - samples[0].time) / WINDOW_MS);
	return `${path}V${HEIGHT}H${start.toFixed(1)}Z`;
}

function largest(samples, fields) {
	return samples.reduce((top, sample) => Math.max(top, ...fields.map((f) => sample[f])), 0);
}

/**
 * The first field as an area, the second, where there is one, as a line: told apart without colour.
 * `said` makes the words for who hears the plot.
 */
export function plot(fields, said) {
	const area = svg("path", { class: `area ${fields[0]}` });
	const lines = fields.map((field) => svg("path", { class: `line ${field}` }));
	const words = el("span", { class: "unseen" });
	const node = el("span", { class: "plot" }, canvas(area, ...lines), words);
	return {
		node,
		draw(history, now) {
			const samples = history.since(now - WINDOW_MS);
			const top = largest(samples, fields);
			const paths = fields.map((field) => pathOf(samples, field, now, top || 1));
			area.setAttribute("d", areaOf(paths[0], samples, now));
			lines.forEach((line, i) => line.setAttribute("d", paths[i]));
			setText(words, said(top, samples));
			return top;
		},
	};
}

/** A line of a queue's table: what came in and what was done. */
export function sparkline() {
	return plot(["in", "out"], (top) => `up to ${rate(top)} a second in the last minutes`);
}

/** A plot with its title, what the colours mean, and its scale. */
export function chart(title, fields, legend, format) {
	const top = el("span", { class: "top" });
	const keys = legend.map((word, i) => el("span", { class: `key ${fields[i]}` }, word));
	const inner = plot(fields, (most) => `${title}, up to ${format(most)} in the last 5 minutes`);
	const node = el(
		"figure",
		{ class: "chart" },
		el("figcaption", {}, el("span", {}, title), ...keys),
		el("div", { class: "area-box" }, inner.node, top),
		el("div", { class: "axis", "aria-hidden": "true" },
			el("span", {}, "5 min ago"), el("span", {}, "now")),
	);
	return {
		node,
		draw(history, now) {
			setText(top, format(inner.draw(history, now)));
		},
	};
}
