/**
 * Where a view stands in rows that are higher than browsers draw an element. The scroll bar has a bounded height and stands for all
 * rows; small steps move the rows pixel by pixel nevertheless, as anywhere else.
 */

/** Pixels. `top` is that of the scroll bar, `place` that among all rows. */
export type ScrollPlace = { readonly top: number; readonly place: number };

/** Pixels: of all rows, of the element that stands for them, and of the view. */
type ScrollSize = { readonly full: number; readonly height: number; readonly view: number };

/** @param top of the scroll bar now */
export function placeAt(last: ScrollPlace, top: number, { full, height, view }: ScrollSize): ScrollPlace {
  const topMax = Math.max(0, height - view);
  const placeMax = Math.max(0, full - view);
  if (full === height || top <= 0) return { top, place: Math.max(0, top) };
  if (top >= topMax) return { top, place: placeMax };
  const step = top - last.top;
  const place = Math.abs(step) <= view ? last.place + step : (top / topMax) * placeMax;
  return { top, place: Math.min(placeMax, Math.max(0, place)) };
}
