/*
 * All queues as a table: filtered and sorted here, and of thousands only a page is ever drawn.
 */
import { bar, byId, el, Keyed, pager, setAttribute, setText } from "./dom.js";
import { count, duration, limit, rate } from "./format.js";
import { sparkline } from "./plot.js";

const QUEUES_SHOWN = 50;

/** Each: its title, what it is sorted by, its class, and what its cells hold. */
const columns = [
	{ title: "Queue", value: (q) => q.name, kind: "name", cell: nameCell },
	{ title: "Depth", value: (q) => q.figures.depth, kind: "depth", cell: depthCell },
	{ title: "In/s", value: (q) => q.history.rates.in, kind: "in", cell: rateCell("in") },
	{ title: "Out/s", value: (q) => q.history.rates.out, kind: "out", cell: rateCell("out") },
	{ title: "5 minutes", value: null, kind: "picture", cell: pictureCell },
	{ title: "Oldest", value: (q) => q.figures.oldest_ready_ms, kind: "oldest", cell: ageCell },
	{ title: "Leased", value: (q) => q.figures.leased, kind: "leased", cell: countCell("leased") },
	{ title: "Waiters", value: (q) => q.figures.waiters, kind: "waiters", cell: countCell("waiters") },
	{ title: "Dead", value: (q) => q.figures.dead, kind: "dead", cell: countCell("dead") },
];

/* ---- cells: each makes an element and what brings it up to date ----------------- */

function nameCell() {
	const link = el("a", { class: "text" });
	const tags = el("span", { class: "tags" });
	return {
		node: el("th", { scope: "row", class: "name" }, link, tags),
		update(queue) {
			setText(link, queue.name);
			setAttribute(link, "href", addressOf(queue.name));
			setText(tags, tagsOf(queue.figures));
		},
	};
}

export function addressOf(name) {
	return `#queue=${encodeURIComponent(name)}`;
}

/** What is unusual about a queue, in words. */
export function tagsOf(figures) {
	return [figures.closed ? "closed" : "", figures.paused ? "paused" : ""].filter(Boolean).join(", ");
}

function depthCell() {
	const figure = el("span", { class: "figure" });
	const most = el("span", { class: "muted" });
	const meter = bar();
	return {
		node: el("td", { class: "depth" }, figure, most, meter.node),
		update({ figures }) {
			setText(figure, count(figures.depth));
			figure.classList.toggle("nothing", figures.depth === 0);
			setText(most, ` of ${limit(figures.max_depth)}`);
			meter.set(figures.depth / figures.max_depth);
		},
	};
}

function figureCell(kind, textOf, isLoud = () => false) {
	return () => {
		const node = el("td", { class: kind });
		return {
			node,
			update(queue) {
				const text = textOf(queue);
				setText(node, text);
				node.classList.toggle("nothing", text === "0" || text === "–");
				node.classList.toggle("bad", isLoud(queue));
			},
		};
	};
}

function rateCell(field) {
	return figureCell(field, (queue) => rate(queue.history.rates[field]));
}

function countCell(field) {
	return figureCell(field, ({ figures }) => count(figures[field]),
		({ figures }) => field === "dead" && figures.dead > 0);
}

function ageCell() {
	return figureCell("oldest",
		({ figures }) => (figures.ready > 0 ? duration(figures.oldest_ready_ms) : "–"))();
}

function pictureCell() {
	const line = sparkline();
	return {
		node: el("td", { class: "picture" }, line.node),
		update(queue, now) {
			line.draw(queue.history, now);
		},
	};
}

/* ---- the table ------------------------------------------------------------------ */

export class QueuesView {
	#world;
	#heads = [];
	#rows;
	#pager;
	#page = 0;
	#sort = { column: columns[0], isDown: false };
	#filter = "";
	current = null; // the name of the queue whose detail is shown

	constructor(world) {
		this.#world = world;
		this.#makeHead();
		this.#rows = new Keyed(byId("queues").tBodies[0], () => this.#makeRow());
		this.#pager = pager(byId("queues-pager"), "Queues", (step) => this.turnPage(step));
		byId("filter").addEventListener("input", (event) => {
			this.#filter = event.target.value;
			this.#page = 0;
			this.show();
		});
	}

	#makeHead() {
		const row = el("tr");
		for (const column of columns) {
			const head = el("th", { scope: "col", class: column.kind });
			if (column.value === null) {
				head.append(column.title);
			} else {
				const button = el("button", { type: "button" }, column.title);
				button.addEventListener("click", () => this.#sortBy(column));
				head.append(button);
			}
			this.#heads.push(head);
			row.append(head);
		}
		byId("queues").tHead.append(row);
	}

	#makeRow() {
		const cells = columns.map((column) => column.cell());
		const node = el("tr", {}, ...cells.map((cell) => cell.node));
		// A tap anywhere in the row is one on its link.
		node.addEventListener("click", (event) => {
			if (event.target.closest("a") === null && getSelection().isCollapsed) {
				node.querySelector("a").click();
			}
		});
		return {
			node,
			update: (queue) => {
				cells.forEach((cell) => cell.update(queue, this.#world.now));
				setAttribute(node, "aria-current", queue.name === this.current ? "true" : null);
			},
		};
	}

	/** The same column again turns the order; figures begin with the largest. */
	#sortBy(column) {
		const isDown = this.#sort.column === column ? !this.#sort.isDown : column !== columns[0];
		this.#sort = { column, isDown };
		this.#page = 0;
		this.show();
	}

	turnPage(step) {
		this.#page += step;
		this.show();
	}

	#found() {
		const wanted = this.#filter.toLowerCase();
		const found = [...this.#world.queues.values()].filter(
			(queue) => wanted === "" || queue.name.toLowerCase().includes(wanted));
		const { column, isDown } = this.#sort;
		const sign = isDown ? -1 : 1;
		const keyed = found.map((queue) => ({ queue, key: column.value(queue) }));
		keyed.sort((a, b) => sign * compare(a.key, b.key) || compare(a.queue.name, b.queue.name));
		return keyed.map(({ queue }) => queue);
	}

	show() {
		const found = this.#found();
		const pages = Math.max(1, Math.ceil(found.length / QUEUES_SHOWN));
		this.#page = Math.min(Math.max(0, this.#page), pages - 1);
		const start = this.#page * QUEUES_SHOWN;
		const shown = found.slice(start, start + QUEUES_SHOWN);
		this.#rows.show(shown, (queue) => queue.name);
		this.#heads.forEach((head, i) => setAttribute(head, "aria-sort", this.#orderOf(columns[i])));
		this.#pager.show(found.length <= QUEUES_SHOWN ? `${count(found.length)} shown`
			: `${count(start + 1)}–${count(start + shown.length)} of ${count(found.length)}`,
		this.#page > 0, this.#page < pages - 1);
		const none = byId("queues-none");
		none.hidden = found.length > 0 || this.#world.info === null;
		setText(none, this.#world.queues.size > 0 ? "No queue has that in its name."
			: "There are no queues. The first enqueue or dequeue makes one.");
	}

	#orderOf(column) {
		if (column.value === null || column !== this.#sort.column) {
			return null;
		}
		return this.#sort.isDown ? "descending" : "ascending";
	}
}

function compare(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}
