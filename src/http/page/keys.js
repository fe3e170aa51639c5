/*
 * The keyboard. Everything can be reached with Tab and Enter alone; single keys are quicker, and
 * can be turned off by who speaks to the machine or has other uses for them.
 */
import { byId, el } from "./dom.js";

/** Rows have one link each; the focus goes up and down along them. */
function stepRow(step) {
	const links = [...document.querySelectorAll("#queues tbody a")];
	const at = links.indexOf(document.activeElement);
	const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
	links[Math.min(Math.max(0, next), links.length - 1)]?.focus();
}

function isTyping(target) {
	return target.closest("input[type=search], input[type=password]") !== null;
}

export class Keys {
	/** `acts` has: pause, page(step), close, queues, groups. */
	constructor(acts) {
		this.acts = new Map([
			["/", ["filter by name", () => this.#visibleSearch()?.focus()]],
			["j", ["next queue", () => stepRow(1)]],
			["k", ["queue before", () => stepRow(-1)]],
			["[", ["page before", () => acts.page(-1)]],
			["]", ["next page", () => acts.page(1)]],
			["q", ["queues", acts.queues]],
			["g", ["groups", acts.groups]],
			["p", ["pause, go on", acts.pause]],
			["?", ["this help", () => this.help()]],
		]);
		this.close = acts.close;
		this.#fillHelp();
		byId("keys").addEventListener("click", () => this.help());
		byId("help-close").addEventListener("click", () => byId("help").close());
		document.addEventListener("keydown", (event) => this.#press(event));
	}

	#fillHelp() {
		const rows = [...this.acts].map(([key, [words]]) => [key, words]);
		rows.push(["Esc", "close what is open"]);
		for (const [key, words] of rows) {
			byId("help-keys").append(el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, words)));
		}
	}

	#visibleSearch() {
		return [byId("filter"), byId("prefix")].find((input) => input.checkVisibility());
	}

	help() {
		byId("help").showModal();
	}

	#press(event) {
		if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
			return; // a dialog has its own keys
		}
		if (event.key === "Escape") {
			this.#escape(event.target);
			return;
		}
		const act = this.acts.get(event.key);
		if (act !== undefined && byId("keys-on").checked && !isTyping(event.target)) {
			event.preventDefault();
			act[1]();
		}
	}

	/** First out of a field, then out of a queue. */
	#escape(target) {
		if (isTyping(target)) {
			target.blur();
		} else {
			this.close();
		}
	}
}
