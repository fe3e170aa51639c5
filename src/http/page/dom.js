/*
 * Elements. Whatever came from the daemon gets in as text, by these functions alone: nothing on
 * this page is made by parsing HTML.
 */

const SVG = "http://www.w3.org/2000/svg";

export function byId(id) {
	return document.getElementById(id);
}

/** el("td", { class: "number" }, "text", node, ...) */
export function el(tag, attributes = {}, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		node.setAttribute(name, value);
	}
	node.append(...children); // strings become text
	return node;
}

/** Sets text where it is another, so that nothing is laid out in vain. */
export function setText(node, text) {
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

/** The same for an attribute; null takes it away. */
export function setAttribute(node, name, value) {
	if (value === null) {
		node.removeAttribute(name);
	} else if (node.getAttribute(name) !== value) {
		node.setAttribute(name, value);
	}
}

/**
 * Makes the children of `parent` those of `items`, in that order. An item keeps the element that
 * was made for its key, and the focus stays on it, wherever it moves.
 */
export class Keyed {
	constructor(parent, make) {
		this.parent = parent;
		this.make = make; // (item) => { node, update(item) }
		this.parts = new Map();
	}

	show(items, keyOf) {
		const focused = document.activeElement;
		const before = this.parts;
		let place = this.parent.firstChild;
		this.parts = new Map();
		for (const item of items) {
			const key = keyOf(item);
			const part = before.get(key) ?? this.make(item);
			before.delete(key);
			this.parts.set(key, part);
			part.update(item);
			if (part.node === place) {
				place = place.nextSibling;
			} else {
				this.parent.insertBefore(part.node, place);
			}
		}
		for (const part of before.values()) {
			part.node.remove();
		}
		if (focused !== document.activeElement && this.parent.contains(focused)) {
			focused.focus({ preventScroll: true });
		}
	}
}

function levelOf(part) {
	return part < 0.7 ? "calm" : part < 0.95 ? "high" : "full";
}

/** A share of a whole as a bar: the element, and what sets it. Who cannot see has the figure. */
export function bar() {
	const inner = el("span");
	const node = el("span", { class: "meter", "aria-hidden": "true" }, inner);
	return {
		node,
		set(share, isWarning = true) {
			const part = Math.min(1, Math.max(0, share));
			inner.style.width = `${(part * 100).toFixed(1)}%`;
			node.dataset.level = isWarning ? levelOf(part) : "calm";
		},
	};
}

/** Buttons to the page before and after, with what is shown between them. */
export function pager(parent, what, go) {
	const back = el("button", { type: "button", "aria-label": `${what} before` }, "‹");
	const forth = el("button", { type: "button", "aria-label": `${what} after` }, "›");
	const text = el("span", { class: "muted" });
	back.addEventListener("click", () => go(-1));
	forth.addEventListener("click", () => go(1));
	parent.append(back, text, forth);
	return {
		show(words, hasBefore, hasAfter) {
			setText(text, words);
			back.hidden = forth.hidden = !hasBefore && !hasAfter;
			// Not `disabled`: that would take the focus from under the finger.
			setAttribute(back, "aria-disabled", hasBefore ? null : "true");
			setAttribute(forth, "aria-disabled", hasAfter ? null : "true");
		},
	};
}
