"""Words of which common passwords consist. Attackers try them first, with a capital letter and a digit added."""

_WORDS = """
abc access account admin administrator adobe amanda amazon america andrew angel anthony apple april arsenal asdf
asdfgh asdfghjkl ashley august austin autumn azerty baby backup banana barcelona baseball basketball batman beach bear
beautiful beer berlin bitcoin blink blue boston brandon buster butterfly california canada captain changeme charlie
chelsea chester chicago chocolate christmas computer cookie corvette cowboy daniel database december default demo
diamond dog dolphin donald dragon dubsmash eagle elephant england enter facebook family fashion february ferrari
finance flower football forever freedom friday friend ftp gandalf garden george ginger god golf google guest guitar
hannah happy harley hello helpme hockey holiday home house hunter iloveyou internet jackson january jasmine jennifer
jessica jesus jordan joshua july june justin killer king knight lakers laptop letmein linkedin liverpool login london
love lovely lucky madison maggie manager march market master matrix matthew may mercedes merlin michael michelle
microsoft monday money monkey monster morgan mother mustang mypassword nicole ninja nothing november october office
oracle orange pa paris parola pass passw passwd password passwort peanut pepper phoenix player pokemon porsche prince
princess private purple qazwsx qwer qwert qwerty qwertyuiop qwertz rainbow random ranger red robert root samantha
samsung saturday secret secure security september server shadow silver simple soccer sommer spider spiderman spring
startup starwars steelers summer sunday sunshine superman superuser support system temp temporary tennis test tester
thomas thunder thursday tiger tigger toor trustno tuesday unknown user vampire victoria wednesday welcome whatever
william windows winner winter wizard wordpass work yankees yellow zaq zxcvbn zxcvbnm
"""
COMMON = frozenset(_WORDS.split())
