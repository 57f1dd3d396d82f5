/** A tax id as it is compared: without what people put between its parts, in capitals. Example: `de 811-234.567` is `DE811234567`. */
export const normalTaxId = (text: string): string => text.replace(/[\s./-]/g, '').toUpperCase();
