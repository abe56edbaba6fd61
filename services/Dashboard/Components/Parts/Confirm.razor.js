export function show(dialog) {
  if (!dialog.open) dialog.showModal();
}

export function hide(dialog) {
  dialog.close();
}
