/*
 * One queue in full: its figures, plots, options, and its sets in one state, with who holds them.
 */
import { byId, el, Keyed, setAttribute, setText } from "./dom.js";
import { bytes, count, duration, limit, rate } from "./format.js";
import { tagsOf } from "./queues.js";
import { chart } from "./plot.js";

const SETS = 20;
const states = ["ready", "waiting", "leased", "held", "dead"];

const gauges = [
	["Ops", (f) => count(f.ops)],
	["Waiters", (f) => count(f.waiters)],
	["Oldest ready", (f) => (f.ready > 0 ? duration(f.oldest_ready_ms) : "–")],
	["Longest lease", (f) => (f.leased > 0 ? duration(f.longest_lease_ms) : "–")],
];

const options = [
	["depth", (f) => limit(f.max_depth)],
	["width", (f) => limit(f.max_width)],
	["window", (f) => (f.window_ms > 0 ? duration(f.window_ms) : "none")],
	["lease", (f) => (f.lease_ms > 0 ? duration(f.lease_ms) : "none")],
	["attempts", (f) => (f.max_attempts > 0 ? count(f.max_attempts) : "any")],
	["exclusive", (f) => (f.exclusive ? "yes" : "no")],
];

const counters = [
	["enqueued", (f) => count(f.enqueued)],
	["merged", (f) => count(f.merged)],
	["sets dequeued", (f) => count(f.dequeued)],
	["finished", (f) => count(f.finished)],
	["failed", (f) => count(f.failed)],
	["released", (f) => count(f.released)],
	["lease expired", (f) => count(f.lease_expired)],
	["died", (f) => count(f.died)],
	["expired", (f) => count(f.expired)],
	["refused, depth", (f) => count(f.refused_depth)],
	["refused, width", (f) => count(f.refused_width)],
];

/** A list of what is told of a queue, with titles: the element, and what brings it up to date. */
function factList(rows, kind) {
	const facts = rows.map(() => el("dd"));
	const pairs = rows.map(([title], i) => el("div", {}, el("dt", {}, title), facts[i]));
	return {
		node: el("dl", { class: kind }, ...pairs),
		show: (figures) => rows.forEach(([, textOf], i) => setText(facts[i], textOf(figures))),
	};
}

export class QueueView {
	#world;
	#section = byId("queue-view");
	#title = el("h2", { id: "queue-title", class: "text", tabindex: "-1" });
	#tags = el("span", { class: "tags" });
	#gauges = factList(gauges, "figures");
	#options = factList(options, "figures small");
	#counters = factList(counters, "figures small");
	#rates = chart("Ops/s", ["in", "out"], ["enqueued", "finished"], rate);
	#depth = chart("Sets waiting", ["depth"], [], count);
	#states = new Map(); // of a state: { input, figure }
	#note = el("p", { class: "none" });
	#sets;
	#state = "leased";
	name = null;

	constructor(world, close) {
		this.#world = world;
		const back = el("button",
			{ type: "button", class: "close", "aria-label": "Close this queue" }, "×");
		back.addEventListener("click", close);
		const list = el("ul", { class: "sets" });
		this.#sets = new Keyed(list, setPart);
		this.#section.append(
			el("header", {}, this.#title, this.#tags, back),
			this.#gauges.node,
			el("div", { class: "charts" }, this.#rates.node, this.#depth.node),
			el("h3", {}, "Sets"),
			this.#makeStates(),
			list,
			this.#note,
			el("h3", {}, "Since it was made"),
			this.#counters.node,
			el("h3", {}, "Options"),
			this.#options.node,
		);
	}

	#makeStates() {
		const group = el("fieldset", { class: "states" }, el("legend", { class: "unseen" }, "State"));
		for (const state of states) {
			const input = el("input", { type: "radio", name: "state", value: state });
			const figure = el("span", { class: "count" });
			input.addEventListener("change", () => this.#choose(state));
			this.#states.set(state, { input, figure });
			group.append(el("label", {}, input, el("span", {}, state, " ", figure)));
		}
		return group;
	}

	#choose(state) {
		this.#state = state;
		this.#sets.show([], () => "");
		setText(this.#note, "");
		this.onChoice?.();
	}

	/** Shows another queue, or none; the heading takes the focus. */
	open(name) {
		this.name = name;
		this.#section.hidden = name === null;
		if (name === null) {
			return;
		}
		const figures = this.#world.queues.get(name)?.figures;
		this.#state = figures === undefined || figures.leased > 0 ? "leased"
			: states.find((state) => figures[state] > 0) ?? "ready";
		this.#states.get(this.#state).input.checked = true;
		this.#sets.show([], () => "");
		setText(this.#note, "");
		setText(this.#title, name);
		this.show();
		this.#title.focus();
	}

	show() {
		const queue = this.#world.queues.get(this.name);
		if (queue === undefined) {
			this.#showAbsent();
			return;
		}
		const { figures, history } = queue;
		setText(this.#tags, tagsOf(figures));
		this.#gauges.show(figures);
		this.#options.show(figures);
		this.#counters.show(figures);
		this.#rates.draw(history, this.#world.now);
		this.#depth.draw(history, this.#world.now);
		for (const [state, { figure }] of this.#states) {
			setText(figure, count(figures[state]));
		}
	}

	#showAbsent() {
		setText(this.#tags, "");
		this.#sets.show([], () => "");
		setText(this.#note, this.#world.info === null ? "" : "There is no queue of that name now.");
	}

	/** Asks for the sets of the chosen state. */
	async look(link) {
		const { name } = this;
		const state = this.#state;
		if (name === null || !this.#world.queues.has(name)) {
			return;
		}
		const sets = await askForSets(link, { queue: name, state, count: SETS });
		// Another one may have been chosen meanwhile.
		if (name === this.name && state === this.#state) {
			this.#showSets(sets);
		}
	}

	#showSets(sets) {
		const all = this.#world.queues.get(this.name)?.figures[this.#state] ?? 0;
		this.#sets.show(sets, (set) => JSON.stringify([set.key, set.ops[0]?.op ?? ""]));
		const more = all > sets.length && sets.length === SETS;
		setText(this.#note, sets.length === 0 ? `No set is ${this.#state} right now.`
			: more ? `The first ${SETS} of ${count(all)}.` : "");
	}
}

/** A queue that has gone since the look at all of them has none. */
async function askForSets(link, params) {
	try {
		return (await link.get("/api/look/sets", params)).sets;
	} catch (error) {
		if (error.kind === "gone") {
			return [];
		}
		throw error;
	}
}

/* ---- one set -------------------------------------------------------------------- */

function setPart() {
	const key = el("span", { class: "key-text text" });
	const facts = el("span", { class: "facts muted" });
	const holder = el("span", { class: "holder text" });
	const ops = el("ol", { class: "ops" });
	const more = el("p", { class: "muted" });
	const list = new Keyed(ops, opPart);
	const summary = el("summary", {}, key, facts, holder);
	const node = el("li", {}, el("details", {}, summary, ops, more));
	return {
		node,
		update(set) {
			setText(key, set.key);
			setText(facts, factsOf(set));
			setText(holder, set.holder === undefined ? "" : `held by ${set.holder}`);
			setAttribute(holder, "hidden", set.holder === undefined ? "" : null);
			list.show(set.ops, (op) => op.op);
			const left = set.width - set.ops.length;
			setText(more, left > 0 ? `and ${count(left)} more` : "");
		},
	};
}

function factsOf(set) {
	const ops = set.width === 1 ? "1 op" : `${count(set.width)} ops`;
	const facts = [ops, `${duration(set.age_ms)} old`];
	if (set.attempt > 0) {
		facts.push(`attempt ${count(set.attempt)}`);
	}
	if (set.lease_left_ms !== undefined) {
		facts.push(`lease ends in ${duration(set.lease_left_ms)}`);
	}
	return facts.join(" · ");
}

function opPart() {
	const head = el("span", { class: "muted text" });
	const message = el("code", { class: "text" });
	return {
		node: el("li", {}, head, message),
		update(op) {
			const group = op.group === undefined ? "" : `, in group ${op.group}`;
			// What is told of a message is cut at so many bytes.
			const isCut = new TextEncoder().encode(op.msg).length < op.msg_bytes;
			setText(head, `${op.op}${group}${isCut ? ` (${bytes(op.msg_bytes)})` : ""}`);
			setText(message, isCut ? `${op.msg}…` : op.msg);
		},
	};
}
