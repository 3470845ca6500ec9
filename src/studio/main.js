// Entry of the studio.

document.getElementById('studio').textContent = document.getElementById('studio').dataset.template
