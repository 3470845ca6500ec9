// The appearance of the studio, before its page is drawn.
