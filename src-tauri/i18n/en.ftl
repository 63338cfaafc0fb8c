# The native dialog for a window that was not drawn
window-blank = The window does not seem to have been drawn. Everything entered is safe on this computer. Please choose:
window-blank-safely = Open again, drawn another way
window-blank-browser = Open in the browser instead
window-blank-wait = Wait a little longer
window-title = Daiban
window-understood = Understood
