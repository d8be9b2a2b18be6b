# Doxygen's input filter for the headers: the point of an abbreviation does not end the first sentence, which lists show.
s/\b(al|ch|Anal|Ann|Comput|Graph|J|R|Scand|Statist)\. /\1.\\ /g
