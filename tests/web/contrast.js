/*
 * How well the text on the page can be read: the worst contrast of all that is visible, and where.
 * Colours are those that are computed, laid over each other as they are painted.
 */
(() => {
	const canvas = document.createElement("canvas");
	canvas.width = canvas.height = 1;
	const context = canvas.getContext("2d", { willReadFrequently: true });

	/** Whatever CSS calls a colour, as red, green, blue and how much of it covers. */
	function parse(text) {
		context.clearRect(0, 0, 1, 1);
		context.fillStyle = text;
		context.fillRect(0, 0, 1, 1);
		const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
		return { r, g, b, a: a / 255 };
	}

	function over(top, below) {
		const mix = (one, other) => one * top.a + other * (1 - top.a);
		return { r: mix(top.r, below.r), g: mix(top.g, below.g), b: mix(top.b, below.b), a: 1 };
	}

	/** What stands behind an element: all grounds from the page up to its own. */
	function groundOf(element) {
		const grounds = [];
		for (let at = element; at !== null; at = at.parentElement) {
			grounds.push(parse(getComputedStyle(at).backgroundColor));
			if (at.tagName === "DIALOG") {
				break; // it lies above everything
			}
		}
		return grounds.reduceRight((below, top) => over(top, below), parse("white"));
	}

	function luminance({ r, g, b }) {
		const [x, y, z] = [r, g, b].map((value) => {
			const part = value / 255;
			return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
		});
		return 0.2126 * x + 0.7152 * y + 0.0722 * z;
	}

	function contrast(one, other) {
		const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
		return (high + 0.05) / (low + 0.05);
	}

	function opacityOf(element) {
		let opacity = 1;
		for (let at = element; at !== null; at = at.parentElement) {
			opacity *= Number(getComputedStyle(at).opacity);
		}
		return opacity;
	}

	function isShown(element) {
		return element.checkVisibility({ visibilityProperty: true }) &&
			element.closest(".unseen, .skip, [aria-disabled=true]") === null;
	}

	const root = document.querySelector("dialog[open]") ?? document.body;
	const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
	const worst = { ratio: 21, text: "", count: 0 };
	while (walk.nextNode()) {
		const element = walk.currentNode.parentElement;
		const text = walk.currentNode.textContent.trim();
		if (text === "" || !isShown(element) || element.closest("style, script") !== null) {
			continue;
		}
		const ground = groundOf(element);
		const ink = parse(getComputedStyle(element).color);
		const ratio = contrast(over({ ...ink, a: ink.a * opacityOf(element) }, ground), ground);
		worst.count++;
		if (ratio < worst.ratio) {
			Object.assign(worst, { ratio, text: `${element.className} "${text.slice(0, 40)}"` });
		}
	}
	return worst;
})()
