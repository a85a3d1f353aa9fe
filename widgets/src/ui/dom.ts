/** Building elements without markup: under Trusted Types and any CSP there is nothing to allow. */

type Child = Node | string | undefined | null | false;
type Props = Record<string, string | number | boolean | EventListener | undefined>;

/** Create an element; functions become listeners, `true` an empty attribute, `false` and undefined nothing. */
export const h = <K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] =>
  fill(document.createElement(tag), props, children);

/** Create a 24-unit line drawing from path data, hidden from assistive technology. */
export const drawing = (path: string): SVGElement => {
  const make = (tag: string) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  return fill(make("svg") as SVGElement, { viewBox: "0 0 24 24", "aria-hidden": "true" }, [fill(make("path"), { d: path }, [])]);
};

const fill = <E extends Element>(element: E, props: Props, children: Child[]): E => {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value == "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : `${value}`);
  }
  element.append(...present(children));
  return element;
};

/** Leave out what is not there. */
export const present = (children: Child[]): (Node | string)[] => children.filter((child): child is Node | string => !!child);
