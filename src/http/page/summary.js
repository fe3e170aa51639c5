/*
 * The daemon in a few figures, always on top.
 */
import { bar, byId, el, setText } from "./dom.js";
import { bytes, count, duration, rate } from "./format.js";
import { plot } from "./plot.js";

const spoken = (top) => `up to ${rate(top)} a second in the last 5 minutes`;

/** Each: its title, its figure, and what stands below, all of the world. */
const tiles = [
	["Enqueued", (w) => `${rate(w.whole.rates.in)}/s`, plot(["in"], spoken)],
	["Finished", (w) => `${rate(w.whole.rates.out)}/s`, plot(["out"], spoken)],
	["Depth", (w) => count(w.sums.depth)],
	["Leased", (w) => count(w.sums.leased)],
	["Dead", (w) => count(w.sums.dead)],
	["Waiters", (w) => count(w.stats.waiters)],
	["Connections", (w) => count(w.stats.connections)],
	["Memory", (w) => bytes(w.stats.memory_bytes)],
	["Longest turn", (w) => duration(w.stats.turn_max_us / 1000)],
	["Uptime", (w) => duration(w.info.uptime_ms)],
];

export class Summary {
	#figures = [];
	#memory = bar();

	constructor() {
		for (const [title, , picture] of tiles) {
			const figure = el("span", { class: "figure" }, "–");
			const more = picture?.node ?? (title === "Memory" ? this.#memory.node : "");
			const node = el("div", { class: picture ? "tile wide" : "tile" },
				el("dt", {}, title), el("dd", {}, figure, more));
			this.#figures.push(figure);
			byId("summary").append(node);
		}
	}

	show(world) {
		tiles.forEach(([, figure, picture], i) => {
			setText(this.#figures[i], figure(world));
			picture?.draw(world.whole, world.now);
		});
		const most = world.info.limits.max_memory;
		this.#memory.node.hidden = most === 0;
		this.#memory.set(most === 0 ? 0 : world.stats.memory_bytes / most);
		setText(byId("version"), world.info.version);
		setText(byId("queue-count"), count(world.queues.size));
		setText(byId("group-count"), count(world.stats.groups));
	}
}
