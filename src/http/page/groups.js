/*
 * Groups and how far they are. There may be very many, so the daemon is asked for a page.
 */
import { bar, byId, el, Keyed, pager, setText } from "./dom.js";
import { count } from "./format.js";
import { named } from "./history.js";

const GROUPS_SHOWN = 50;
const titles = [
	["Group", "name"],
	["Progress", "progress"],
	["Outstanding", "outstanding"],
	["Failed", "failed"],
	["State", "group-state"],
];

function stateOf(group) {
	if (group.done) {
		return "complete";
	}
	return group.sealed ? "sealed" : "open";
}

/** How many ops it will have, as far as that is known. */
function totalOf(group) {
	return Math.max(group.size ?? 0, group.ops);
}

function groupPart() {
	const name = el("span", { class: "text" });
	const figure = el("span", { class: "figure" });
	const total = el("span", { class: "muted" });
	const meter = bar();
	const outstanding = el("td", { class: "outstanding" });
	const failed = el("td", { class: "failed" });
	const state = el("td", { class: "group-state" });
	const node = el("tr", {}, el("th", { scope: "row", class: "name" }, name),
		el("td", { class: "progress" }, figure, total, meter.node), outstanding, failed, state);
	return {
		node,
		update(group) {
			const ended = group.ops - group.outstanding;
			setText(name, group.group);
			setText(figure, count(ended));
			const isKnown = group.sealed || group.size !== null;
			setText(total, ` of ${count(totalOf(group))}${isKnown ? "" : " so far"}`);
			meter.set(totalOf(group) === 0 ? Number(group.done) : ended / totalOf(group), false);
			setText(outstanding, count(group.outstanding));
			setText(failed, count(group.failed));
			failed.classList.toggle("bad", group.failed > 0);
			setText(state, stateOf(group));
		},
	};
}

export class GroupsView {
	#rows;
	#pager;
	#starts = [""]; // the name before each page up to the one that is shown
	#prefix = "";

	constructor(onChoice) {
		const heads = titles.map(([title, kind]) => el("th", { scope: "col", class: kind }, title));
		byId("groups").tHead.append(el("tr", {}, ...heads));
		this.#rows = new Keyed(byId("groups").tBodies[0], groupPart);
		this.#pager = pager(byId("groups-pager"), "Groups", (step) => {
			this.turnPage(step);
			onChoice();
		});
		byId("prefix").addEventListener("input", (event) => {
			this.#prefix = event.target.value;
			this.#starts = [""];
			onChoice();
		});
	}

	#next = undefined;

	turnPage(step) {
		if (step > 0 && this.#next !== undefined) {
			this.#starts.push(this.#next);
		} else if (step < 0 && this.#starts.length > 1) {
			this.#starts.pop();
		}
	}

	async look(link) {
		const prefix = this.#prefix;
		const after = this.#starts.at(-1);
		const page = await link.get("/api/look/groups", { prefix, after, count: GROUPS_SHOWN });
		if (prefix !== this.#prefix || after !== this.#starts.at(-1)) {
			return; // another page was asked for meanwhile
		}
		const groups = page.rows.map((row) => named(page.columns, row));
		this.#next = page.next;
		this.#rows.show(groups, (group) => group.group);
		this.#pager.show(`page ${count(this.#starts.length)}`, this.#starts.length > 1,
			page.next !== undefined);
		byId("groups-none").hidden = groups.length > 0;
		setText(byId("groups-none"),
			prefix === "" ? "There are no groups." : "No group begins like that.");
	}
}
